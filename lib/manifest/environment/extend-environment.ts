/** An environment that says only in what it differs from another one. */
import type { Json } from "../values.ts";

type Mapping = { readonly [key: string]: Json };

/** Keys that are merged, and how many levels of theirs; every other key replaces the base's. */
const MERGED: Readonly<Record<string, number>> = {
  // By category and key, and by workflow and key.
  bindings: 2,
  config: 2,
  groups: 1,
  approvers: 1,
  tags: 1,
};

/** What belongs to one environment alone. */
const OWN = ["extends", "customer", "description"];

/** Both as written: defaults come later, and must not replace what the base says. Pure. */
export function extendEnvironment(base: Json, own: Json): Json {
  if (!isMapping(base) || !isMapping(own)) return own;
  const inherited = Object.entries(base).filter(([key]) => !OWN.includes(key));
  const merged: Record<string, Json> = Object.fromEntries(inherited);
  for (const [key, value] of Object.entries(own)) {
    merged[key] = merge(merged[key], value, MERGED[key] ?? 0);
  }
  return merged;
}

function merge(base: Json | undefined, own: Json, levels: number): Json {
  if (levels === 0 || base === undefined || !isMapping(base) || !isMapping(own)) return own;
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(own)) merged[key] = merge(base[key], value, levels - 1);
  return merged;
}

function isMapping(value: Json): value is { [key: string]: Json } & Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
