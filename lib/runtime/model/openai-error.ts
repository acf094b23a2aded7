/** What goes wrong with a Chat Completions server, under our names. */
import { StepError } from "../errors.ts";
import { isContextText } from "./context-text.ts";
import { masked } from "./masked.ts";

/**
 * Elsewhere a server may be back in a moment. Of this machine's nobody but its user starts it, so that
 * waiting for it (`Model.Unavailable`) would only hide for minutes what is wrong.
 */
export function connectionError(error: unknown, shown: string): StepError {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  const code = typeof cause?.code === "string" ? cause.code : undefined;
  const words = `${shown} cannot be reached${code === undefined ? "" : ` (${code})`}.`;
  if (code !== "ECONNREFUSED") return new StepError("Model.Unavailable", words);
  return isHere(shown)
    ? new StepError(
        "Model.RequestInvalid",
        `${words} Nothing listens there: start the server, then redrive the run.`,
      )
    : new StepError("Model.Unavailable", `${words} Is the server running?`);
}

function isHere(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

export function redirectError(shown: string): StepError {
  return new StepError(
    "Model.RequestInvalid",
    `${shown} redirects to elsewhere, and keys are not carried along. Write the final URL as \`endpoint\`.`,
  );
}

/** An answer with another status than 2xx. The service's own words are cut, and never hold the key. */
export function answerError(
  response: Pick<Response, "status" | "headers">,
  text: string,
  { shown, key }: { readonly shown: string; readonly key: string | undefined },
): StepError {
  const { status } = response;
  const { code, message } = errorOf(text);
  const said = message === "" ? "" : `: ${masked(message, key)}`;
  const details = { status, ...(code !== undefined && { code: masked(code, key) }) };
  const make = (name: string, words: string) =>
    new StepError(name, `${shown} ${words} (HTTP ${status})${said}`, details);
  if (code === "context_length_exceeded" || (status < 500 && isContextText(message))) {
    return make("Model.ContextExceeded", "has no room for this request");
  }
  if (code === "content_filter" || code === "content_policy_violation") {
    return make("Model.Refused", "refuses this content");
  }
  if (status === 429) {
    const after = response.headers.get("retry-after");
    const wait = after !== null && /^\d{1,6}$/.test(after) ? `, try again after ${after} s` : "";
    return make("Model.Throttled", `is asked too often${wait}`);
  }
  if (status === 401 || status === 403) {
    return make(
      "Model.RequestInvalid",
      key === undefined ? "wants a key; name one under `apiKey`" : "does not accept the key",
    );
  }
  if (status === 408 || status === 409 || status === 425 || status >= 500) {
    return make("Model.Unavailable", "does not answer");
  }
  return make("Model.RequestInvalid", "refuses the request");
}

/** `{ error: { message, code } }` of OpenAI, `{ error: "…" }` of Ollama, `{ message }` of older vLLM. */
function errorOf(text: string): { readonly code: string | undefined; readonly message: string } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Pages of proxies say nothing that the status does not say.
    return { code: undefined, message: "" };
  }
  const { error = body } = (body ?? {}) as { readonly error?: unknown };
  if (typeof error === "string") return { code: undefined, message: error };
  const { code, message } = (error ?? {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  return {
    code: typeof code === "string" ? code : undefined,
    message: typeof message === "string" ? message : "",
  };
}
