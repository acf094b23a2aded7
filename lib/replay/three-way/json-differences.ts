/** Where three JSON values differ from each other. */

import { differences } from "../../runtime/approval/differences.ts";
import { canonicalJson } from "../../runtime/canonical-json.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";

export type JsonPath = readonly (string | number)[];

export interface JsonDifference {
  readonly path: JsonPath;
  readonly old?: Json;
  readonly current?: Json;
  readonly expected?: Json;
  /** Whether anything is expected, if only that nothing is there. */
  readonly isWanted: boolean;
}

/**
 * Every place where two of them differ, the outer one where one lies in another. `expected` absent:
 * nothing is expected. A side that is `undefined` has nothing at all.
 */
export function jsonDifferences(
  old: Json | undefined,
  current: Json | undefined,
  expected?: Json,
): readonly JsonDifference[] {
  const pairs: readonly (readonly [Json | undefined, Json | undefined])[] =
    expected === undefined
      ? [[old, current]]
      : [
          [old, current],
          [current, expected],
          [old, expected],
        ];
  const paths = new Map<string, JsonPath>();
  for (const [a, b] of pairs) {
    for (const path of pathsBetween(a, b)) paths.set(JSON.stringify(path), path);
  }
  return [...paths.values()]
    .filter((path) => !path.some((_, length) => paths.has(JSON.stringify(path.slice(0, length)))))
    .map((path) => ({
      path,
      isWanted: expected !== undefined,
      ...at("old", old, path),
      ...at("current", current, path),
      ...at("expected", expected, path),
    }));
}

/** How many places are different. */
export function countDifferences(a: Json | undefined, b: Json | undefined): number {
  return pathsBetween(a, b).length;
}

function pathsBetween(a: Json | undefined, b: Json | undefined): readonly JsonPath[] {
  if (a === undefined || b === undefined) return a === b ? [] : [[]];
  return differences(a, b).map(({ path }) => path);
}

function at(side: "old" | "current" | "expected", value: Json | undefined, path: JsonPath) {
  const found = valueAt(value, path);
  return found === undefined ? {} : { [side]: found };
}

export function valueAt(value: Json | undefined, path: JsonPath): Json | undefined {
  let found: unknown = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Readonly<Record<string | number, unknown>>)[name];
  }
  return found as Json | undefined;
}

export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

/** `decisions[3].verdict`. */
export function pathText(path: JsonPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** Names only: an index stands for any. */
export function overlaps(place: JsonPath, path: readonly string[]): boolean {
  const names = place.filter((part) => typeof part === "string");
  return path.every((name, i) => names[i] === undefined || names[i] === name);
}

/** As far as the value says its members one by one; an expression is taken whole. */
export function within(value: Json | undefined, path: JsonPath): Json | undefined {
  const [name, ...rest] = path;
  if (name === undefined || typeof value !== "object" || value === null) return value;
  const member = (value as JsonObject)[name];
  return member === undefined ? value : within(member, rest);
}
