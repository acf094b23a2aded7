import type { Json } from "./json.ts";

/** One attempt of a task, as the invoker gets it. */
export class TaskCall {
  /** As in the definition: `arn:aws:states:::lambda:invoke`, or the ARN of a function. */
  readonly resource: string;
  /** Evaluated `Arguments` (JSONata) or `Parameters` (JSONPath). Never change it. */
  readonly arguments: Json;
  readonly taskToken: string | undefined;
  readonly executionArn: string;
  readonly executionName: string;
  readonly stateName: string;
  /** 0 for the first attempt. */
  readonly retryCount: number;
  #controller: AbortController | undefined;
  #aborted = false;
  #settled = false;

  constructor(fields: {
    resource: string;
    arguments: Json;
    taskToken: string | undefined;
    executionArn: string;
    executionName: string;
    stateName: string;
    retryCount: number;
  }) {
    this.resource = fields.resource;
    this.arguments = fields.arguments;
    this.taskToken = fields.taskToken;
    this.executionArn = fields.executionArn;
    this.executionName = fields.executionName;
    this.stateName = fields.stateName;
    this.retryCount = fields.retryCount;
  }

  /** Aborted when the task's result no longer counts: timeout, stop, failed sibling. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /** The task has answered: there is nothing left to abort. */
  settle(): void {
    this.#settled = true;
  }

  abort(): void {
    if (this.#settled) return;
    this.#aborted = true;
    this.#controller?.abort();
  }
}

/** Runs tasks. Rejects with `TaskError` to fail one with a given error name and cause. */
export type TaskInvoker = (task: TaskCall) => Promise<unknown>;
