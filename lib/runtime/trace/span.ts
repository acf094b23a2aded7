/** A span of a trace, before it is written in the form of a protocol. */
import { createHash } from "node:crypto";
import type { RunRecord } from "../control.ts";

export type AttributeValue = string | number | boolean | readonly string[];

export interface Span {
  /** 16 hex digits: the same however often the trace of a run is made. */
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  readonly kind: "internal" | "client";
  /** Unix milliseconds. */
  readonly start: number;
  readonly end: number;
  /** False: it goes on, and `end` is when the trace was made. */
  readonly hasEnded: boolean;
  readonly attributes: { readonly [name: string]: AttributeValue };
  /** Name of an error; its message may hold content, and is not part of a trace. */
  readonly error: string | null;
  /** Attempts that failed before another one. */
  readonly events: readonly { readonly at: number; readonly error: string }[];
}

export interface Trace {
  /** 32 hex digits. */
  readonly id: string;
  readonly run: Pick<RunRecord, "workflow" | "version" | "environment">;
  /** Parents before their children; the first is the run. */
  readonly spans: readonly Span[];
}

/** A run's name may be used again after 90 days: the time of its start tells such runs apart. */
export function traceIdOf({ environment, workflow, id, startedAt }: RunRecord): string {
  return hash(["trace", environment, workflow, id, startedAt]).slice(0, 32);
}

/** `path` names a span within its trace. */
export function spanIdOf(trace: string, path: string): string {
  return hash(["span", trace, path]).slice(0, 16);
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
