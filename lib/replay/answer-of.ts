/** What of an answer is compared. */
import type { Json } from "../runtime/json.ts";
import type { Answer } from "./perform-run.ts";
import { isObject } from "./request-of.ts";

/** What is compared of an answer: a function's value, or an error's name and message. */
export function comparedAnswer(
  answer: Answer | { readonly error: string; readonly message: string },
): Json {
  if ("output" in answer) {
    const { output } = answer;
    return isObject(output) && "Payload" in output ? (output.Payload ?? null) : output;
  }
  if ("message" in answer) return { error: answer.error, message: answer.message };
  return { error: answer.error, message: messageIn(answer.cause) };
}

/** Lambda reports errors as JSON; Step Functions passes that on as the cause. */
export function messageIn(cause: string | undefined): string {
  try {
    const { errorMessage } = JSON.parse(cause ?? "") as { readonly errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : (cause ?? "");
  } catch {
    return cause ?? "";
  }
}
