/** Which scope an event speaks of, seen from the one in which its predecessor stands. */
import type { StepFailure } from "./timeline.ts";
import { isOpen, type Row, type Scope } from "./timeline-row.ts";

/** The nearest scope, from `scope` outwards, whose current row fits. */
export function find(scope: Scope, fits: (row: Row) => boolean): Scope | undefined {
  for (let at: Scope | null = scope; at; at = at.outer) {
    if (at.current && fits(at.current)) return at;
  }
  return undefined;
}

/** The scope whose current row is the map or parallel that an event without a name speaks of. */
export function structureScope(from: Scope, kind: "map" | "parallel"): Scope | undefined {
  const of = (row: Row): boolean => row.kind === kind && isOpen(row);
  return find(from, (row) => of(row) && !row.ended) ?? find(from, of);
}

/** The iteration of the map `state` that `from` stands in, or is. */
export function within(from: Scope, state: string): Scope | undefined {
  for (let at: Scope | null = from; at; at = at.outer) if (at.owner?.state === state) return at;
  return undefined;
}

/** The error of the state that failed directly inside `scope`'s structure, seen from where it failed. */
export function errorBelow(from: Scope, scope: Scope): StepFailure | null {
  for (let at: Scope | null = from; at && at !== scope; at = at.outer) {
    if (at.outer === scope) return at.current?.error ?? null;
  }
  return null;
}

export function join(label: string, index: number): string {
  return label === "" ? String(index) : `${label}.${index}`;
}
