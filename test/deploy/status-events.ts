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

  constructor(aws: Aws) {
    this.#aws = aws;
  }

  start(): void {
    this.#loop = this.#watch();
  }

  /** Throws what went wrong on the way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await this.#look();
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
    this.#told.set(executionArn, found.status);
    const { stopDate = null, output = null, error = null, cause = null } = found;
    await this.#aws.putEvent("default", "aws.states", "Step Functions Execution Status Change", {
      ...found,
      stopDate,
      output,
      error,
      cause,
    });
  }
}
