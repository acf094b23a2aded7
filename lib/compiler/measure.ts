/** Counts states: what a definition has, and what its longest way enters. */
import type { Json, JsonObject } from "../runtime/json.ts";
import type { Plan } from "./plan.ts";

const object = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.map(object) : [];

/** Machines nested in a state. */
const nested = (state: JsonObject): readonly JsonObject[] =>
  state.Type === "Map" ? [object(state.ItemProcessor)] : objects(state.Branches);

/** Names of the states that can come next, catchers included. */
export function successors(state: JsonObject): readonly string[] {
  const rules = [state, ...objects(state.Choices), ...objects(state.Catch)];
  const next = [...rules.map((rule) => rule.Next), state.Default];
  return [...new Set(next.filter((name) => typeof name === "string"))];
}

export function measure(definition: JsonObject, steps: ReadonlySet<string>): Plan["transitions"] {
  let states = 0;
  let decisions = 0;
  const count = (machine: JsonObject): void => {
    for (const [name, value] of Object.entries(object(machine.States))) {
      const state = object(value);
      states += 1;
      const added = !steps.has(name);
      if (state.Type === "Choice" || (added && state.Type === "Fail")) decisions += 1;
      for (const inner of nested(state)) count(inner);
    }
  };
  count(definition);
  return { states, decisions, longestPath: longest(definition) };
}

/** The longest way from the start of a machine; a way back is not followed, so a repeat counts once. */
function longest(machine: JsonObject): number {
  const states = object(machine.States);
  const known = new Map<string, number>();
  const onTheWay = new Set<string>();
  const from = (name: string): number => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (onTheWay.has(name)) return 0;
    onTheWay.add(name);
    const state = object(states[name]);
    const inner = nested(state).reduce((sum, one) => sum + longest(one), 0);
    const rest = Math.max(0, ...successors(state).map(from));
    onTheWay.delete(name);
    known.set(name, 1 + inner + rest);
    return 1 + inner + rest;
  };
  return from(String(machine.StartAt));
}
