/** What an approver is shown, under names that a page knows how to lay out. */
import type { Json, JsonObject } from "../json.ts";

export interface Evidence {
  /** What the step or the run was given. */
  readonly inputs: Json;
  /** What will happen if it is approved; what `edit` of the policy may change. */
  readonly proposal: Json;
  /** The proposal against the present state; null: the step gave no present state. */
  readonly diff: readonly Difference[] | null;
  /** Findings of policies and checks. */
  readonly flags: readonly Flag[];
  readonly risk: Risk | null;
  readonly citations: readonly Citation[];
  /** Of an agent: why it wants this, and what it has spent. */
  readonly agent: AgentEvidence | null;
  /** Steps of the run so far. */
  readonly timeline: readonly TimelineEntry[];
  /** Whatever else the step's `with` holds, under its own names. */
  readonly more: JsonObject;
}

export interface Difference {
  /** Names and indexes from the root of the proposal. */
  readonly path: readonly (string | number)[];
  readonly kind: "added" | "removed" | "changed";
  /** Null where it was added. */
  readonly before: Json;
  /** Null where it is removed. */
  readonly after: Json;
}

export interface Flag {
  readonly level: "info" | "warning" | "critical";
  readonly text: string;
  /** Which policy or check says so. */
  readonly source: string | null;
}

export interface Risk {
  readonly level: string;
  readonly reasons: readonly string[];
}

export interface Citation {
  /** Name or address of the document. */
  readonly source: string;
  /** Where in it: a page, lines, a heading. */
  readonly span: string | null;
  readonly quote: string | null;
}

export interface AgentEvidence {
  readonly agent: string | null;
  readonly reasons: string;
  /** Of a tool call: its name, what it does, and its effect. */
  readonly tool: string | null;
  readonly description: string | null;
  readonly effect: string | null;
  readonly argumentsDigest: string | null;
  /** Which model answered the agent, or that it was none. */
  readonly answeredBy: string | null;
  readonly turn: number | null;
  /** Turns, tokens, cost, tool calls (`AgentSpend`). */
  readonly spend: JsonObject | null;
}

export interface TimelineEntry {
  readonly step: string;
  readonly outcome: string;
  /** ISO 8601, or null. */
  readonly at: string | null;
}

/** The same value as JSON: it is plain data by construction. */
export function evidenceJson(evidence: Evidence): JsonObject {
  return evidence as unknown as JsonObject;
}

/** What of it says something: parts that are empty are left out. */
export function shownEvidence(evidence: Evidence): JsonObject {
  const { more, ...parts } = evidenceJson(evidence);
  const said = Object.entries({ ...parts, ...(more as JsonObject) }).filter(
    ([, part]) => !isEmpty(part),
  );
  return Object.fromEntries(said);
}

function isEmpty(part: Json): boolean {
  if (part === null) return true;
  return typeof part === "object" && Object.keys(part).length === 0;
}
