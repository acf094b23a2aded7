/** Steps one by one, and the order that they stand in. */
import type { Json, JsonObject } from "../../runtime/json.ts";
import { BUNDLE_OWNER, type Part } from "./part.ts";
import { objectOf, partOf } from "./part-value.ts";

/** Name of the part that holds the tree of ids. */
export const ORDER = "order of steps";

/** A part for each step without those inside of it, and one for the order of all. */
export function stepParts(steps: Json): readonly Part[] {
  const parts: Part[] = [];
  const order = tree(steps, (id, own) => parts.push(partOf(BUNDLE_OWNER, "step", id, own)));
  return [...parts, partOf(BUNDLE_OWNER, "graph", ORDER, order)];
}

/** The ids of steps as they are nested: `["kind", ["outcome", [["not_ours"], …]]]`. */
function tree(steps: Json, found: (id: string, own: JsonObject) => void): Json[] {
  return (Array.isArray(steps) ? steps : []).map((value) => {
    const step = objectOf(value);
    const id = typeof step.id === "string" ? step.id : "";
    const inside: Json[] = [];
    const own: Record<string, Json> = {};
    for (const [key, member] of Object.entries(step)) {
      own[key] = without(key, member, inside, found);
    }
    found(id, own);
    return inside.length === 0 ? id : [id, ...inside];
  });
}

const EMPTY: Json = "(steps)";

/** A member of a step in which lists of steps are left out: those are parts of their own. */
function without(
  key: string,
  member: Json,
  inside: Json[],
  found: (id: string, own: JsonObject) => void,
): Json {
  if (key === "steps" || key === "otherwise") {
    inside.push(tree(member, found));
    return EMPTY;
  }
  if ((key === "switch" || key === "catch") && Array.isArray(member)) {
    return member.map((way) =>
      Object.fromEntries(
        Object.entries(objectOf(way)).map(([name, value]) => [
          name,
          name === "steps" || name === "otherwise" ? without(name, value, inside, found) : value,
        ]),
      ),
    );
  }
  if (key === "parallel") {
    return Object.fromEntries(
      Object.entries(objectOf(member)).map(([name, branch]) => [
        name,
        without("steps", branch, inside, found),
      ]),
    );
  }
  return member;
}
