/** Asking a workflow's intake for a run: it has the contract and the environment's configuration. */
import * as z from "zod";
import type { StartRun } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { lazyLambda } from "../lazy-lambda.ts";

const Answer = z.union([
  z.object({ run: z.string() }),
  z.object({
    error: z.object({ code: z.enum(["InputInvalid", "RunExists"]), message: z.string() }),
  }),
]);

/** Name of the run. Throws `RequestError` `InputInvalid`, `NameInvalid`, `RunExists`. */
export async function askIntake(
  intake: string,
  { input, principal, customer, name, repair }: StartRun,
  client: ReturnType<typeof lazyLambda>,
): Promise<string> {
  if (name !== undefined && !/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw new RequestError(
      "NameInvalid",
      `${JSON.stringify(name)} is no name for a run.`,
      "Use 1 to 80 letters, digits, dashes and underscores.",
    );
  }
  const [sender, { lambda }] = await Promise.all([client(), import("../lambda-calls.ts")]);
  const { Payload, FunctionError } = await sender.send(
    new lambda.invoke({
      FunctionName: intake,
      Payload: Buffer.from(JSON.stringify({ start: { input, principal, customer, name, repair } })),
    }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  const answer = FunctionError === undefined ? Answer.safeParse(JSON.parse(text)).data : undefined;
  if (answer && "run" in answer) return answer.run;
  if (answer) throw new RequestError(answer.error.code, answer.error.message);
  throw new RequestError(
    "RuntimeUnreachable",
    `The function ${intake} has failed: ${text.slice(0, 1000)}`,
    "Its log group says more.",
  );
}
