/** Evidence without what its approvers have no clearance for. */
import type { Json } from "../json.ts";

/** What stands in the place of a value that is not shown. */
export function notShown(dataClass: string): string {
  return `[not shown: ${dataClass}]`;
}

/**
 * A copy of the step's `with` in which every part that is classed beyond `clearance` is replaced by the
 * name of its class. `classes`: class by dotted path; a list on the way stands for each of its items.
 */
export function redactEvidence(
  given: Json,
  classes: { readonly [path: string]: string },
  clearance: readonly string[] | undefined,
): Json {
  if (clearance === undefined) return given;
  return Object.entries(classes)
    .filter(([, dataClass]) => !clearance.includes(dataClass))
    .reduce(
      (value, [path, dataClass]) => replaced(value, path.split("."), notShown(dataClass)),
      given,
    );
}

function replaced(value: Json, [name, ...rest]: readonly string[], by: string): Json {
  if (name === undefined) return by;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const inner = name === "*" || /^\d+$/.test(name) ? rest : [name, ...rest];
    return value.map((item, index) =>
      /^\d+$/.test(name) && Number(name) !== index ? item : replaced(item, inner, by),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === name || name === "*" ? replaced(member, rest, by) : member,
    ]),
  );
}
