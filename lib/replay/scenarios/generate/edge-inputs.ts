/** Inputs at the edges of a contract: one that is known to work, changed in one place at a time. */
import { inputProblems } from "../../../manifest/input-problems.ts";
import { canonicalJson } from "../../../runtime/canonical-json.ts";
import type { Json, JsonObject } from "../../../runtime/json.ts";
import { isObject } from "../../request-of.ts";
import { edgeValues, resolveSchema } from "./edge-values.ts";

export interface EdgeInput {
  /** `subject-longest`, `sbom-absent`. */
  readonly label: string;
  readonly input: Json;
}

type Path = readonly (string | number)[];

/** How deep, and how many: a contract can describe more than anybody waits for. */
const MAX_DEPTH = 6;
const MAX_INPUTS = 200;

/** Those that the contract allows, each once, in its order. None where it says nothing. */
export function edgeInputs(contract: JsonObject | true, base: Json): readonly EdgeInput[] {
  if (contract === true) return [];
  const seen = new Set([canonicalJson(base)]);
  const labels = new Map<string, number>();
  const found: EdgeInput[] = [];
  const add = (path: Path, edge: string, input: Json) => {
    const text = canonicalJson(input);
    if (seen.has(text) || found.length >= MAX_INPUTS) return;
    seen.add(text);
    if (inputProblems(contract, input).length > 0) return;
    const label = [...path.map(wordOf), edge].join("-");
    const times = (labels.get(label) ?? 0) + 1;
    labels.set(label, times);
    found.push({ label: times === 1 ? label : `${label}-${times}`, input });
  };
  const walk = (schema: JsonObject, path: Path, now: Json | undefined) => {
    if (path.length > MAX_DEPTH) return;
    // Of an artifact that is referred to, the contract describes what is in it, and not the reference.
    if (isObject(now) && "$artifact" in now) return;
    for (const { label, value } of edgeValues(schema, now))
      add(path, label, withValue(base, path, value));
    for (const part of alternatives(schema, contract)) walk(part, path, now);
    for (const [name, member] of Object.entries(
      isObject(schema.properties) ? schema.properties : {},
    )) {
      const at = [...path, name];
      const own = isObject(now) ? now[name] : undefined;
      if (own !== undefined) add(at, "absent", withoutValue(base, at));
      walk(resolveSchema(member, contract), at, own);
    }
    const [item] = Array.isArray(now) ? now : [];
    if (item !== undefined) walk(resolveSchema(schema.items, contract), [...path, 0], item);
  };
  walk(resolveSchema(contract, contract), [], base);
  return found;
}

function alternatives(schema: JsonObject, root: JsonObject): readonly JsonObject[] {
  return ["anyOf", "oneOf", "allOf"].flatMap((word) =>
    [schema[word] ?? []].flat().map((each) => resolveSchema(each, root)),
  );
}

function withValue(base: Json, path: Path, value: Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(base)) {
    return base.map((item, i) => (i === first ? withValue(item, rest, value) : item));
  }
  const object = isObject(base) ? base : {};
  return { ...object, [first]: withValue(object[first] ?? {}, rest, value) };
}

function withoutValue(base: Json, path: Path): Json {
  const [first, ...rest] = path;
  if (first === undefined) return base;
  if (Array.isArray(base)) {
    return base.map((item, i) => (i === first ? withoutValue(item, rest) : item));
  }
  if (!isObject(base)) return base;
  const { [first]: own, ...others } = base;
  if (rest.length === 0 || own === undefined) return others;
  return { ...base, [first]: withoutValue(own, rest) };
}

function wordOf(part: string | number): string {
  return (
    String(part)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "x"
  );
}
