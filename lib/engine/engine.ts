import { Core } from "./core.ts";
import { EngineError, type Failure } from "./errors.ts";
import { type HistoryEvent, toHistoryEvent } from "./events.ts";
import type { ExecutionStatus } from "./execution.ts";
import { abortFrame } from "./failure.ts";
import type { Json } from "./json.ts";
import type { CreateStateMachine } from "./machines.ts";
import type { EngineOptions, Listener, StartExecution } from "./options.ts";
import {
  type DescribeExecution,
  type DescribeStateMachine,
  describe,
  describeMachine,
  type ExecutionListItem,
  listItem,
  machineListItem,
  page,
  type StateMachineListItem,
  whyNotRedrivable,
} from "./queries.ts";
import { heartbeat, tokenReturned } from "./states/task.ts";
import type { Waiting } from "./tokens.ts";

export interface StartedExecution {
  readonly executionArn: string;
  readonly startDate: Date;
}

/**
 * A durable interpreter of the Amazon States Language. All methods resolve once what they did is
 * durable, and reject with `EngineError` under the names of the Step Functions API.
 */
export class Engine {
  readonly #core: Core;

  /**
   * Opens an engine and takes up what a crash left: executions go on once this has resolved, so
   * that a caller who subscribes at once misses nothing.
   * Throws EngineError `FolderTooNew`, `FolderInUse`, `FolderNotUsable`.
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    setImmediate(() => engine.#core.resume());
    return engine;
  }

  private constructor(options: EngineOptions) {
    this.#core = new Core(options);
  }

  async createStateMachine(
    request: CreateStateMachine,
  ): Promise<{ stateMachineArn: string; creationDate: Date }> {
    this.#core.checkOpen();
    const { arn, creationDate } = this.#core.machines.create(request, this.#core.clock.now());
    await this.#core.machinesDurable();
    return { stateMachineArn: arn, creationDate: new Date(creationDate) };
  }

  async updateStateMachine(request: {
    stateMachineArn: string;
    definition?: string | object | undefined;
    roleArn?: string | undefined;
  }): Promise<{ updateDate: Date; revisionId: string }> {
    this.#core.checkOpen();
    const { updateDate, revisionId } = this.#core.machines.update(
      request.stateMachineArn,
      request,
      this.#core.clock.now(),
    );
    await this.#core.machinesDurable();
    return { updateDate: new Date(updateDate), revisionId };
  }

  /** Fixes the current definition under `ARN:NUMBER`, which executions can be started on. */
  async publishStateMachineVersion(request: {
    stateMachineArn: string;
  }): Promise<{ stateMachineVersionArn: string; creationDate: Date }> {
    this.#core.checkOpen();
    const { arn, machine } = this.#core.machines.publish(
      request.stateMachineArn,
      this.#core.clock.now(),
    );
    await this.#core.machinesDurable();
    const creationDate = new Date(machine.versions.at(-1)?.creationDate ?? 0);
    return { stateMachineVersionArn: arn, creationDate };
  }

  /** Executions under way are not touched. Deleting what is not there is no error. */
  async deleteStateMachine(request: { stateMachineArn: string }): Promise<void> {
    this.#core.checkOpen();
    this.#core.machines.delete(request.stateMachineArn);
    await this.#core.machinesDurable();
  }

  async describeStateMachine(request: { stateMachineArn: string }): Promise<DescribeStateMachine> {
    const machine = this.#core.machines.get(request.stateMachineArn);
    return describeMachine(machine, this.#core.machines.text(machine.definition));
  }

  /** Newest first. */
  async listStateMachines(
    request: { maxResults?: number | undefined; nextToken?: string | undefined } = {},
  ): Promise<{ stateMachines: readonly StateMachineListItem[]; nextToken?: string }> {
    const all = this.#core.machines.list();
    const { items, nextToken } = page(all, 1000, request.maxResults, request.nextToken);
    return {
      stateMachines: items.map(machineListItem),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  }

  /**
   * Starts an execution. The same name with the same input, while it runs, is the same execution.
   * Throws ExecutionAlreadyExists, InvalidExecutionInput, InvalidName, StateMachineDoesNotExist.
   */
  async startExecution(request: StartExecution): Promise<StartedExecution> {
    this.#core.checkOpen();
    const machine = this.#core.machines.get(request.stateMachineArn);
    const x = this.#core.begin(machine, request);
    await this.#core.machinesDurable();
    await this.#core.durable(x);
    return { executionArn: x.start.arn, startDate: new Date(x.start.startDate) };
  }

  /** Runs an EXPRESS machine to its end. Throws StateMachineTypeNotSupported for others. */
  async startSyncExecution(request: StartExecution): Promise<DescribeExecution> {
    this.#core.checkOpen();
    const machine = this.#core.machines.get(request.stateMachineArn);
    if (machine.type !== "EXPRESS") {
      throw new EngineError(
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
      );
    }
    return describe(await this.#core.end(this.#core.begin(machine, request)));
  }

  async describeExecution(request: { executionArn: string }): Promise<DescribeExecution> {
    return describe(this.#core.executions.get(request.executionArn));
  }

  /** The definition that an execution runs, whatever has become of its machine. */
  async describeStateMachineForExecution(request: { executionArn: string }): Promise<{
    stateMachineArn: string;
    name: string;
    definition: string;
    roleArn: string;
    updateDate: Date;
  }> {
    const { start } = this.#core.executions.get(request.executionArn);
    return {
      stateMachineArn: start.machineArn,
      name: start.machineName,
      definition: this.#core.machines.text(start.definition),
      roleArn: start.roleArn,
      updateDate: new Date(start.startDate),
    };
  }

  /** Newest first. */
  async listExecutions(
    request: {
      stateMachineArn?: string | undefined;
      statusFilter?: ExecutionStatus | undefined;
      maxResults?: number | undefined;
      nextToken?: string | undefined;
    } = {},
  ): Promise<{ executions: readonly ExecutionListItem[]; nextToken?: string }> {
    const { stateMachineArn, statusFilter } = request;
    if (stateMachineArn !== undefined) this.#core.machines.get(stateMachineArn);
    const found = this.#core.executions.summaries(
      ({ start, status }) =>
        (stateMachineArn === undefined || start.machineArn === stateMachineArn) &&
        (statusFilter === undefined || status === statusFilter),
    );
    const { items, nextToken } = page(found, 1000, request.maxResults, request.nextToken);
    return { executions: items.map(listItem), ...(nextToken === undefined ? {} : { nextToken }) };
  }

  async getExecutionHistory(request: {
    executionArn: string;
    maxResults?: number | undefined;
    nextToken?: string | undefined;
    reverseOrder?: boolean | undefined;
    includeExecutionData?: boolean | undefined;
  }): Promise<{ events: readonly HistoryEvent[]; nextToken?: string }> {
    const { history } = this.#core.executions.get(request.executionArn);
    const ordered = request.reverseOrder === true ? [...history].reverse() : history;
    const { items, nextToken } = page(ordered, 1000, request.maxResults, request.nextToken);
    const events = items.map((rec) => toHistoryEvent(rec, request.includeExecutionData ?? true));
    return { events, ...(nextToken === undefined ? {} : { nextToken }) };
  }

  /** Stopping what has ended changes nothing. */
  async stopExecution(request: {
    executionArn: string;
    error?: string | undefined;
    cause?: string | undefined;
  }): Promise<{ stopDate: Date }> {
    this.#core.checkOpen();
    const x = this.#core.executions.get(request.executionArn);
    if (x.running) {
      this.#core.runner.enter(x, () => {
        abortFrame(this.#core.runner, x, x.root);
        this.#core.runner.endFrom(x, "ExecutionAborted", {
          error: request.error,
          cause: request.cause,
        });
      });
    }
    await this.#core.durable(x);
    return { stopDate: new Date(x.stopDate ?? this.#core.clock.now()) };
  }

  /** Goes on from where an execution failed, was stopped or ran out of time. */
  async redriveExecution(request: { executionArn: string }): Promise<{ redriveDate: Date }> {
    this.#core.checkOpen();
    const x = this.#core.executions.get(request.executionArn);
    const reason = whyNotRedrivable(x);
    if (reason !== undefined) throw new EngineError("ExecutionNotRedrivable", reason);
    this.#core.executions.revive(x);
    this.#core.runner.enter(x, () => {
      const d = { redriveCount: x.redriveCount + 1 };
      x.record(this.#core.clock.now(), x.root, "ExecutionRedriven", d, { prev: x.lastId });
      this.#core.runner.resume(x);
    });
    await this.#core.durable(x);
    return { redriveDate: new Date(x.redriveDate ?? this.#core.clock.now()) };
  }

  /** Throws InvalidToken, InvalidOutput, TaskTimedOut. */
  async sendTaskSuccess(request: { taskToken: string; output: string }): Promise<void> {
    const { x, f } = this.#waiting(request.taskToken);
    let output: Json;
    try {
      output = JSON.parse(request.output) as Json;
    } catch {
      throw new EngineError("InvalidOutput", "Invalid Output: 'Invalid JSON'");
    }
    tokenReturned(this.#core.runner, x, f, { output });
    await this.#core.durable(x);
  }

  /** Throws InvalidToken, TaskTimedOut. */
  async sendTaskFailure(request: {
    taskToken: string;
    error?: string | undefined;
    cause?: string | undefined;
  }): Promise<void> {
    const { x, f } = this.#waiting(request.taskToken);
    const failure: Failure = { error: request.error, cause: request.cause };
    tokenReturned(this.#core.runner, x, f, { failure });
    await this.#core.durable(x);
  }

  /** Throws InvalidToken, TaskTimedOut. */
  async sendTaskHeartbeat(request: { taskToken: string }): Promise<void> {
    const { x, f } = this.#waiting(request.taskToken);
    heartbeat(this.#core.runner, x, f);
  }

  /** Whether a task waits for this token: it may have timed out, or a sibling may have failed. */
  isWaiting(taskToken: string): boolean {
    return this.#core.tokens.has(taskToken);
  }

  /** Tells of every event once it is durable. A listener must not throw. */
  subscribe(listener: Listener): () => void {
    this.#core.listeners.add(listener);
    return () => this.#core.listeners.delete(listener);
  }

  /** Resolves when the execution has ended, durably. */
  async waitForEnd(executionArn: string): Promise<DescribeExecution> {
    return describe(await this.#core.end(this.#core.executions.get(executionArn)));
  }

  /** Lets go of the folder. What runs stays as it is and goes on when it is opened again. */
  async close(): Promise<void> {
    await this.#core.close();
  }

  #waiting(taskToken: string): Waiting {
    this.#core.checkOpen();
    return this.#core.tokens.get(taskToken);
  }
}
