/**
 * What is written down about an execution. Most records are history events, with an id; the
 * others (`retry`, `wait`, `fail`, `early`) hold decisions that AWS keeps to itself and that a
 * restart must not take again. An execution's state is what `apply` makes of its records.
 */
import type { Json, JsonObject } from "./json.ts";

/** Decisions that ride on a record without being part of the event. */
export interface Extra {
  /** StateExited: the state that follows; absent where the graph ends. */
  readonly n?: string;
  /** TaskScheduled: the task token. */
  readonly token?: string;
  /** TaskScheduled of a nested execution: the name that its execution will have. */
  readonly child?: string;
  /** MapStateStarted: what is iterated over. */
  readonly items?: readonly Json[];
  readonly concurrency?: number;
  readonly toleratedCount?: number;
  readonly toleratedPercentage?: number;
  /** MapIterationStarted: the input of the iteration. */
  readonly input?: Json;
  /** retry: which retrier. wait, retry: until when (Unix ms). */
  readonly i?: number;
  readonly at?: number;
  /** fail: the failure; early: the outcome of a task token that came before the submission. */
  readonly error?: string;
  readonly cause?: string;
  readonly terminal?: boolean;
  /** TaskTimedOut: for want of a heartbeat. */
  readonly heartbeat?: boolean;
  readonly output?: Json;
  /** fail: the event after which the failed state's next event comes. */
  readonly last?: number;
}

/** What the record's `input` or `output` is the same value as, and so need not be written again. */
export const Same = { none: 0, value: 1, result: 2 } as const;
export type Same = (typeof Same)[keyof typeof Same];

export class Rec {
  /** The frame that it belongs to. */
  readonly f: number;
  /** Event id, from 1; 0 for what is no event of the history. */
  readonly id: number;
  readonly prev: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly type: string;
  readonly d: JsonObject | undefined;
  readonly x: Extra | undefined;
  readonly same: Same;

  constructor(
    f: number,
    id: number,
    prev: number,
    at: number,
    type: string,
    d: JsonObject | undefined,
    x: Extra | undefined,
    same: Same,
  ) {
    this.f = f;
    this.id = id;
    this.prev = prev;
    this.at = at;
    this.type = type;
    this.d = d;
    this.x = x;
    this.same = same;
  }
}

/** The member of the details that may be the same value as before. */
function carried(type: string): "input" | "output" {
  return type.endsWith("StateEntered") || type === "LambdaFunctionScheduled" ? "input" : "output";
}

/** A record as the journal has it: a short JSON array. */
export function encode(rec: Rec): Json {
  let details = rec.d ?? null;
  if (rec.same !== Same.none && rec.d !== undefined) {
    const { [carried(rec.type)]: _, ...rest } = rec.d;
    details = rest;
  }
  const row: Json[] = [rec.f, rec.id, rec.prev, rec.at, rec.type, details];
  if (rec.x !== undefined || rec.same !== Same.none) row.push((rec.x ?? null) as Json);
  if (rec.same !== Same.none) row.push(rec.same);
  return row;
}

/** Reads a record back; `value` and `result` are those of its frame at that moment. */
export function decode(
  row: Json,
  frame: (id: number) => { value: Json; result: Json | undefined },
): Rec {
  const [f, id, prev, at, type, d, x, same] = row as [
    number,
    number,
    number,
    number,
    string,
    JsonObject | null,
    Extra | null | undefined,
    Same | undefined,
  ];
  let details = d ?? undefined;
  if (same !== undefined && same !== Same.none) {
    const { value, result } = frame(f);
    details = { ...details, [carried(type)]: same === Same.value ? value : (result ?? null) };
  }
  return new Rec(f, id, prev, at, type, details, x ?? undefined, same ?? Same.none);
}
