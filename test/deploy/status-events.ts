/**
 * Tells EventBridge of runs that begin and end, as Step Functions does on AWS and the emulator does
 * not. From there on all is deployed: the rule, its filter, the function behind it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Aws } from "./aws.ts";

const Machines = z.object({ stateMachines: z.array(z.object({ stateMachineArn: z.string() })) });
const Executions = z.object({
  executions: z.array(z.object({ executionArn: z.string(), status: z.string() })),
});
/** Seconds since 1970, as AWS JSON writes times. */
const Time = z.number().transform((seconds) => Math.round(seconds * 1000));
const Execution = z.object({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  name: z.string(),
  status: z.string(),
  startDate: Time,
  stopDate: Time.nullish(),
  input: z.string(),
  output: z.string().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
});

export class StatusEvents {
  readonly #aws: Aws;
  readonly #told = new Map<string, string>();
  #stopped = false;
  #loop: Promise<void> | undefined;
  /** Of the last look: a look may fail, as long as a later one succeeds. */
  #failure: unknown;

  constructor(aws: Aws) {
    this.#aws = aws;
  }

  start(): void {
    this.#loop = this.#watch();
  }

  /** Throws what its last look failed at. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      this.#failure = await this.#look().then(
        () => undefined,
        (error: unknown) => error,
      );
      await sleep(300);
    }
  }

  async #look(): Promise<void> {
    const { stateMachines } = await this.#aws.call("states", "ListStateMachines", {}, Machines);
    for (const { stateMachineArn } of stateMachines) {
      const { executions } = await this.#aws.call(
        "states",
        "ListExecutions",
        { stateMachineArn },
        Executions,
      );
      for (const { executionArn, status } of executions) {
        if (this.#told.get(executionArn) === status) continue;
        await this.#tell(executionArn);
      }
    }
  }

  async #tell(executionArn: string): Promise<void> {
    const found = await this.#aws.call("states", "DescribeExecution", { executionArn }, Execution);
    const { stopDate = null, output = null, error = null, cause = null } = found;
    await this.#aws.putEvent("default", "aws.states", "Step Functions Execution Status Change", {
      ...found,
      stopDate,
      output,
      error,
      cause,
    });
    this.#told.set(executionArn, found.status);
  }
}
