/** Lists of causes, and how they are put together. */
import type { StepPair } from "./pair-steps.ts";
import type { Because } from "./three-way.ts";

export type Causes = readonly Because[];

const SOURCES = new Set(["clock", "random", "network", "environment", "files", "order", "memory"]);

/** Indices of changes. */
export function changes(indices: readonly number[]): Causes {
  return indices.map((change) => ({ kind: "change", change, via: [] }));
}

/** What is another each time, where the replay has found that. */
export function circumstance({ cause }: StepPair): Causes {
  if (!cause || !SOURCES.has(cause.source)) return [];
  const { source, what, at } = cause;
  return [{ kind: "circumstance", source, what, at, via: [] } as Because];
}

/** The same causes, by way of one more step. */
export function via(step: string, causes: Causes): Causes {
  return causes.map((cause) => ({ ...cause, via: [...cause.via, step] }));
}

/** Each once, by the shortest way. */
export function distinct(causes: Causes): Causes {
  const found = new Map<string, Because>();
  for (const cause of causes) {
    const { via: way, ...rest } = cause;
    const known = found.get(JSON.stringify(rest));
    if (!known || known.via.length > way.length) found.set(JSON.stringify(rest), cause);
  }
  return [...found.values()];
}
