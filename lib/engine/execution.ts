import { apply } from "./apply.ts";
import { Frame } from "./frame.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Machine } from "./machine.ts";
import { type Extra, Rec, Same } from "./record.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What is fixed when an execution starts. */
export interface ExecutionStart {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  readonly express: boolean;
  /** The input's text as the caller gave it. */
  readonly input: string;
  /** Unix milliseconds. */
  readonly startDate: number;
  /** Names the definition that it runs, whatever becomes of the machine. */
  readonly definition: string;
}

/** AWS ends an execution whose history would grow beyond this. */
export const HISTORY_LIMIT = 25_000;

export class HistoryFull extends Error {}

const TERMINAL = new Set([
  "ExecutionSucceeded",
  "ExecutionFailed",
  "ExecutionAborted",
  "ExecutionTimedOut",
]);

export class Execution {
  readonly start: ExecutionStart;
  readonly machine: Machine;
  /** All records, in order. */
  readonly log: Rec[] = [];
  readonly frames: Frame[];
  readonly root: Frame;
  readonly parsedInput: Json;

  status: ExecutionStatus = "RUNNING";
  stopDate: number | undefined;
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount = 0;
  redriveDate: number | undefined;
  lastId = 0;

  // What follows lives in memory only.
  /** How much of the log has been handed to the journal. */
  committed = 0;
  ready: Frame[] = [];
  /** What may happen once the records so far are durable. */
  effects: (() => void)[] = [];
  draining = false;
  cancelDeadline: (() => void) | undefined;
  #startTime: string | undefined;

  constructor(start: ExecutionStart, machine: Machine, input: Json) {
    this.start = start;
    this.machine = machine;
    this.parsedInput = input;
    this.root = new Frame(0, undefined, machine, input);
    this.frames = [this.root];
  }

  /** EXPRESS executions are not kept; after a restart there is nothing to go on with. */
  get resumable(): boolean {
    return !this.start.express;
  }

  get running(): boolean {
    return this.status === "RUNNING";
  }

  /** Writes a record and does what it means. `hidden` records are no events of the history. */
  record(
    at: number,
    f: Frame,
    type: string,
    d: JsonObject | undefined,
    options: { prev?: number; x?: Extra | undefined; same?: Same; hidden?: boolean } = {},
  ): void {
    let id = 0;
    if (options.hidden !== true && !f.hidden) {
      if (this.lastId >= HISTORY_LIMIT - 1 && !TERMINAL.has(type)) throw new HistoryFull();
      id = ++this.lastId;
    }
    const rec = new Rec(
      f.id,
      id,
      options.prev ?? f.last,
      at,
      type,
      d,
      options.x,
      options.same ?? Same.none,
    );
    this.log.push(rec);
    apply(this, f, rec);
  }

  /** Writes down a decision that is no event of the history. */
  note(at: number, f: Frame, type: "retry" | "wait" | "fail" | "early", x: Extra): void {
    const rec = new Rec(f.id, 0, f.last, at, type, undefined, x, Same.none);
    this.log.push(rec);
    apply(this, f, rec);
  }

  /** Takes a record from the journal: no new one is written. */
  restore(rec: Rec): void {
    const f = this.frames[rec.f];
    if (f === undefined) throw new Error(`record of an unknown frame ${rec.f}`);
    if (rec.id > 0) this.lastId = rec.id;
    this.log.push(rec);
    apply(this, f, rec);
  }

  get history(): readonly Rec[] {
    return this.log.length === this.lastId ? this.log : this.log.filter((rec) => rec.id > 0);
  }

  get startTime(): string {
    this.#startTime ??= new Date(this.start.startDate).toISOString();
    return this.#startTime;
  }

  /**
   * The context object as a state of this frame sees it.
   * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
   */
  contextObject(
    f: Frame,
    token: string | undefined,
    item?: { index: number; value: Json },
  ): JsonObject {
    const { start } = this;
    const state = f.current;
    const retried = state.type === "Task" || state.type === "Parallel" || state.type === "Map";
    const context: Record<string, Json> = {
      Execution: {
        Id: start.arn,
        Input: this.parsedInput,
        StartTime: this.startTime,
        Name: start.name,
        RoleArn: start.roleArn,
        RedriveCount: this.redriveCount,
        ...(this.redriveDate === undefined
          ? {}
          : { RedriveTime: new Date(this.redriveDate).toISOString() }),
      },
      StateMachine: { Id: start.machineArn, Name: start.machineName },
      State: {
        Name: state.name,
        EnteredTime: new Date(f.enteredAt).toISOString(),
        ...(retried ? { RetryCount: f.retryCount } : {}),
      },
    };
    if (token !== undefined) context.Task = { Token: token };
    const iteration = item ?? iterationOf(f);
    if (iteration !== undefined) {
      context.Map = { Item: { Index: iteration.index, Value: iteration.value } };
    }
    return context;
  }
}

function iterationOf(f: Frame): { index: number; value: Json } | undefined {
  for (let frame: Frame | undefined = f; frame !== undefined; frame = frame.parent) {
    if (frame.item !== undefined) return { index: frame.index, value: frame.item };
  }
  return undefined;
}
