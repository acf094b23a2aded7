/** Where two JSON values differ. */
import { canonicalJson } from "../runtime/canonical-json.ts";
import type { Json } from "../runtime/json.ts";

export interface Difference {
  /** `input.components[3].name`; empty for the value itself. */
  readonly path: string;
  /** Absent where only the other has something there. */
  readonly recorded?: Json;
  readonly replayed?: Json;
}

const MOST = 20;

/** Whether their canonical texts (RFC 8785) are the same, without writing them. */
export function isSameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((each, i) => isSameJson(each, b[i] ?? null))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSameJson(a[name] ?? null, b[name] ?? null))
  );
}

/** The first 20 places, depth first; none for values that are equal but for the order of members. */
export function differencesOf(recorded: Json, replayed: Json, path = ""): readonly Difference[] {
  const found: Difference[] = [];
  walk(recorded, replayed, path, found);
  return found;
}

function walk(a: Json | undefined, b: Json | undefined, path: string, found: Difference[]): void {
  if (found.length >= MOST || a === b) return;
  if (a === undefined || b === undefined) {
    found.push({
      path,
      ...(a !== undefined && { recorded: a }),
      ...(b !== undefined && { replayed: b }),
    });
  } else if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
      walk(a[i], b[i], `${path}[${i}]`, found);
    }
  } else if (isObject(a) && isObject(b)) {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const own = (value: { readonly [name: string]: Json }) =>
        Object.hasOwn(value, name) ? value[name] : undefined;
      walk(own(a), own(b), path === "" ? name : `${path}.${name}`, found);
    }
  } else if (!isSameJson(a, b)) {
    found.push({ path, recorded: a, replayed: b });
  }
}

/** Whether both hold the same things in another order, at whatever depth. */
export function isReordered(a: Json, b: Json): boolean {
  return !isSameJson(a, b) && canonicalJson(sorted(a)) === canonicalJson(sorted(b));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => ({ item, text: canonicalJson(sorted(item)) }));
    return items.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ item }) => sorted(item));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sorted(each)]));
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
