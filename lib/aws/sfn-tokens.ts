/** The port `Tokens` on Step Functions. */
import { TokenGone } from "../runtime/errors.ts";
import type { Json } from "../runtime/json.ts";
import type { Tokens } from "../runtime/ports.ts";
import { isServiceError } from "./service-error.ts";

type Calls = typeof import("./sfn-calls.ts");
type Client = Awaited<ReturnType<Calls["makeSfnClient"]>>;

/** A task that ended, timed out, was stopped, or never was. */
const GONE = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"];

/** Limits of SendTaskFailure, in characters. */
const LONGEST_ERROR = 256;
const LONGEST_CAUSE = 32_768;

export class SfnTokens implements Tokens {
  readonly #client: () => Promise<Client>;

  constructor(client: () => Promise<Client>) {
    this.#client = client;
  }

  succeed(taskToken: string, output: Json): Promise<void> {
    return this.#answer(async (client, { sfn }) => {
      await client.send(new sfn.succeed({ taskToken, output: JSON.stringify(output) }));
    });
  }

  fail(taskToken: string, error: string, cause: string): Promise<void> {
    return this.#answer(async (client, { sfn }) => {
      await client.send(
        new sfn.fail({
          taskToken,
          error: error.slice(0, LONGEST_ERROR),
          cause: cause.slice(0, LONGEST_CAUSE),
        }),
      );
    });
  }

  heartbeat(taskToken: string): Promise<void> {
    return this.#answer(async (client, { sfn }) => {
      await client.send(new sfn.heartbeat({ taskToken }));
    });
  }

  async #answer(call: (client: Client, calls: Calls) => Promise<void>): Promise<void> {
    try {
      await call(await this.#client(), await import("./sfn-calls.ts"));
    } catch (error) {
      if (isServiceError(error, ...GONE)) throw new TokenGone(error.message);
      throw error;
    }
  }
}
