/** What one of both, the run or its replay, has done: a step a place, read from its history. */
import type { Plan } from "../../compiler/plan.ts";
import type { RunEvent } from "../../runtime/control.ts";
import type { Json } from "../../runtime/json.ts";
import { type StepOutcome, type TimelineRow, timeline } from "../../runtime/timeline.ts";
import { messageIn } from "../answer-of.ts";
import type { StepPlace } from "./three-way.ts";

export interface SideStep extends StepPlace {
  /** Unique in the run, and the same in its replay. */
  readonly key: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly outcome: StepOutcome;
  /** Undefined where there is none, and where the steps inside tell it. Of failures: `{ error }`. */
  readonly output: Json | undefined;
  /** Virtual time of a replay counts only what was recorded. */
  readonly durationMs: number | null;
  /** Ids of the steps directly inside, as they began. */
  readonly inside: readonly string[];
}

/** Their value is what the steps inside of them come to. */
const STRUCTURES = new Set(["switch", "map", "parallel", "repeat"]);

export function isStructure(kind: string): boolean {
  return STRUCTURES.has(kind);
}

/** By their key. */
export type SideSteps = ReadonlyMap<string, SideStep>;

/** In the order in which they began. `names`: of iterations, by those in these events. */
export function sideSteps(
  events: readonly RunEvent[],
  { steps }: Pick<Plan, "steps">,
  names: ReadonlyMap<string, string> = new Map(),
): SideSteps {
  const rows = timeline(events, steps);
  const parents = new Map(rows.map(({ key, step }) => [key, step]));
  const inside = new Map<string, string[]>();
  for (const { parent, step } of rows) {
    if (parent !== null) inside.set(parent, [...(inside.get(parent) ?? []), step]);
  }
  const found = new Map<string, SideStep>();
  for (const row of rows) {
    const iteration = names.get(row.iteration) ?? row.iteration;
    const place = placeText({ step: row.step, iteration });
    let key = place;
    for (let n = 2; found.has(key); n += 1) key = `${place}#${n}`;
    const { step, kind, outcome, durationMs } = row;
    found.set(key, {
      ...{ key, step, iteration, kind, outcome, durationMs },
      parent: row.parent === null ? null : (parents.get(row.parent) ?? null),
      output: outputOf(row),
      inside: [...new Set(inside.get(row.key))],
    });
  }
  return found;
}

/** `inspect`, or `inspect[2]` in an iteration. */
export function placeText({ step, iteration }: StepPlace): string {
  return iteration === "" ? step : `${step}[${iteration}]`;
}

function outputOf({ kind, output, outcome, error }: TimelineRow): Json | undefined {
  if (outcome === "failed" && error) {
    return { error: { name: error.name, message: messageIn(error.cause) } };
  }
  if (STRUCTURES.has(kind) || output === null) return undefined;
  try {
    return JSON.parse(output) as Json;
  } catch {
    return output; // Cut off by AWS.
  }
}
