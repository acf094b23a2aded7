import type { Failure } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Graph, State } from "./machine.ts";
import { Variables } from "./variables.ts";

/**
 * Where a frame stands.
 *
 *     new ─▶ entered ─▶ scheduled ─▶ submitted ─▶ succeeded ─▶ exited ─▶ (next state) entered
 *              │  ▲  └▶ waiting ─────────────────────▲  │          └───▶ done
 *              │  └─ retrying ◀─┐                    │  ▼
 *              └▶ running ──────┴────────────────────┴ failed
 */
export type Phase =
  | "new"
  | "entered"
  | "scheduled"
  | "submitted"
  | "waiting"
  | "retrying"
  | "running"
  | "succeeded"
  | "failed"
  | "exited"
  | "done";

/** The outcome that a task token delivered. */
export type TokenOutcome = { readonly output: Json } | { readonly failure: Failure };

/** One thread of an execution: the machine itself, a branch, or an iteration. */
export class Frame {
  readonly id: number;
  readonly parent: Frame | undefined;
  readonly graph: Graph;
  readonly variables: Variables;
  /** The branch's or the iteration's number. */
  readonly index: number;
  /** The item of an iteration, for `$states.context.Map`. */
  readonly item: Json | undefined;
  /** Inside a distributed Map: its events are not in the parent's history. */
  readonly hidden: boolean;

  phase: Phase = "new";
  state: State | undefined;
  /** The current state's input; once it has exited, its output. */
  value: Json;
  result: Json | undefined;
  failure: Failure | undefined;
  next: string | undefined;
  /** The event that the next one follows. */
  last = 0;
  enteredId = 0;
  enteredPrev = 0;
  enteredAt = 0;
  attempts: number[] = [];
  retryCount = 0;
  /** Unix ms at which a wait or a pause before a retry ends. */
  wakeAt = 0;
  scheduledAt = 0;
  scheduled: JsonObject | undefined;
  token: string | undefined;
  childName: string | undefined;
  early: TokenOutcome | undefined;

  children: Frame[] = [];
  items: readonly Json[] = [];
  concurrency = 0;
  toleratedCount: number | undefined;
  toleratedPercentage: number | undefined;
  failures = 0;
  ended = 0;
  /** Of a child: its parent has taken note that it ended. */
  settled = false;
  /** A Map or Parallel: its failure is in the history. */
  reported = false;

  // What follows lives in memory only.
  /** Whether timers, tokens or invocations of the current phase are in place. */
  attached = false;
  queued = false;
  /** A catcher's expressions are being evaluated. */
  catching = false;
  /** Failed for good, or aborted with its siblings: nothing moves it but a redrive. */
  halted = false;
  /** Counts up whenever what was pending for this frame is void. */
  turn = 0;
  cancel: (() => void)[] = [];
  /** Cancels the wait for the next heartbeat. */
  beat: (() => void) | undefined;
  finished: Frame[] = [];

  constructor(
    id: number,
    parent: Frame | undefined,
    graph: Graph,
    value: Json,
    index = 0,
    item?: Json,
    hidden = parent?.hidden ?? false,
  ) {
    this.id = id;
    this.parent = parent;
    this.graph = graph;
    this.value = value;
    this.index = index;
    this.item = item;
    this.hidden = hidden;
    this.variables = new Variables(parent?.variables);
  }

  /** The state that the frame is in. Only called where there is one. */
  get current(): State {
    if (this.state === undefined) throw new Error(`frame ${this.id} is in no state`);
    return this.state;
  }

  /** Voids timers, tokens, invocations and evaluations in flight. */
  detach(): void {
    this.turn++;
    this.attached = false;
    for (const cancel of this.cancel) cancel();
    if (this.cancel.length > 0) this.cancel = [];
    this.beat = undefined;
  }
}
