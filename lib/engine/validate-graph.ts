/** Where states lead: targets that exist, states that are reached, an end. */
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Problem } from "./validate-fields.ts";

export function checkTransitions(
  startAt: string,
  states: JsonObject,
  location: string,
  problems: Problem[],
): void {
  const missing = (target: string, at: string): void => {
    problems.push({
      code: "MISSING_TRANSITION_TARGET",
      message: `Missing 'Next' target: ${target}`,
      location: at,
    });
  };
  if (!Object.hasOwn(states, startAt)) missing(startAt, `${location}/StartAt`);
  // AWS asks that something leads to a state, not that a path from the start does.
  const targeted = new Set([startAt]);
  let ends = false;
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue;
    ends ||= state.End === true || state.Type === "Succeed" || state.Type === "Fail";
    for (const [field, target] of transitions(state)) {
      targeted.add(target);
      if (!Object.hasOwn(states, target)) missing(target, `${location}/States/${name}/${field}`);
    }
  }
  for (const name of Object.keys(states)) {
    if (targeted.has(name)) continue;
    problems.push({
      code: "MISSING_TRANSITION_TARGET",
      message: `State "${name}" is not reachable.`,
      location: `${location}/States/${name}`,
    });
  }
  if (!ends) {
    problems.push({
      code: "MISSING_END_STATE",
      message: "Workflow has no terminal state",
      location,
    });
  }
}

function transitions(state: JsonObject): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const add = (field: string, target: Json | undefined): void => {
    if (typeof target === "string") found.push([field, target]);
  };
  add("Next", state.Next);
  add("Default", state.Default);
  for (const field of ["Choices", "Catch"] as const) {
    const list = state[field];
    if (!Array.isArray(list)) continue;
    (list as readonly Json[]).forEach((entry, i) => {
      if (isObject(entry)) add(`${field}[${i}]/Next`, entry.Next);
    });
  }
  return found;
}
