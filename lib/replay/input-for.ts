/** The input of a run on another bundle: what its configuration says by default is that bundle's to say. */
import type { Json } from "../runtime/json.ts";
import type { ReplayBundle } from "./bundle-snapshot.ts";
import { isSameJson } from "./differences.ts";
import { isObject } from "./request-of.ts";

/**
 * Values that are the defaults of the run's own bundle become those of the other; all others were chosen
 * by whoever started it, and stay. Without the run's own bundle nobody knows, and everything stays.
 */
export function inputFor(input: Json, own: ReplayBundle | undefined, other: ReplayBundle): Json {
  if (!own || !isObject(input) || !isObject(input.config)) return input;
  const defaults = own.plan.config;
  const chosen = Object.entries(input.config).filter(([name, value]) => {
    const before = defaults[name];
    return before === undefined || !isSameJson(before, value);
  });
  return { ...input, config: { ...other.plan.config, ...Object.fromEntries(chosen) } };
}
