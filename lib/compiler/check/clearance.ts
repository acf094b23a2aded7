/** What steps give to models, against the classes of data that those may be shown. */
import type { Bundle } from "../../bundle/bundle.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { Index } from "../index-steps.ts";
import type { Resolution } from "../resolve/resolution.ts";
import type { GivenShape } from "./flow.ts";
import type { Report } from "./report.ts";
import { alternatives, isObject, resolved, type Shape } from "./shape.ts";

/** @param givens by step, what is known of each field of its `with`. */
export function checkClearance(
  { source }: Bundle,
  index: Index,
  resolution: Resolution,
  givens: ReadonlyMap<string, GivenShape>,
  report: Report,
): void {
  for (const { step, path } of index.steps) {
    const found = resolution.get(step.id);
    if (found?.kind !== "model" && found?.kind !== "agent") continue;
    const { clearance, component } = found.model.document;
    const given = givens.get(step.id);
    const contract = found.kind === "agent" && found.input !== true ? found.input : {};
    const fields = new Set([
      ...Object.keys(found.prompt.inputs),
      ...Object.keys(isObject(contract.properties) ? contract.properties : {}),
    ]);
    for (const field of fields) {
      const classed = [given?.(field), property(contract, field)].flatMap((shape) =>
        shape ? classesIn(shape, field) : [],
      );
      const above = classed.find(({ name }) => !clearance.includes(name));
      if (above === undefined) continue;
      const inserted = above.path === field && Object.hasOwn(found.prompt.inputs, field);
      const may = clearance.length > 0 ? clearance.join(", ") : "no classed data";
      report.add(
        {
          code: "ESP860",
          severity: inserted ? "error" : "warning",
          message: `"${above.path}" is ${above.name}, and the model "${component}" may be shown ${may}${inserted ? `, but ${found.prompt.source} inserts it` : ": it is removed before the call"}`,
          hint: inserted
            ? "Leave it out of the prompt, or use a model with that clearance."
            : removedHint(found),
        },
        source.placeOf([...path, "with", field]),
      );
    }
  }
}

/** Tools act for what their agent was given, all of it, so that it may be meant. */
function removedHint(
  found:
    | { readonly kind: "model" }
    | { readonly kind: "agent"; readonly tools: readonly unknown[] },
): string {
  return found.kind === "agent" && found.tools.length > 0
    ? "The agent's tools have it all the same, as `given`. If none needs it, leave it out of `with`; if the model does, use one with that clearance."
    : "Leave it out of `with`, or use a model with that clearance.";
}

const property = (contract: JsonObject, field: string): Shape | undefined => {
  const properties = isObject(contract.properties) ? contract.properties : {};
  const schema = properties[field];
  return isObject(schema) ? { schema, root: contract } : undefined;
};

interface Classed {
  readonly path: string;
  readonly name: string;
}

/** Class by dotted path; a list on the way stands for each of its items. */
export type EvidenceClasses = Readonly<Record<string, string>>;

/** What of an approval's evidence is classed: `given` of its fields, or all of it where it is one expression. */
export function evidenceClasses(
  fields: readonly string[],
  given: GivenShape,
  whole: Shape | undefined,
): EvidenceClasses {
  const found = fields.flatMap((field) => {
    const shape = given(field);
    return shape ? classesIn(shape, field) : [];
  });
  const all = whole && fields.length === 0 ? classesIn(whole, "") : [];
  return Object.fromEntries(
    [...found, ...all].map(({ path, name }) => {
      const dotted = path.replaceAll("[]", "").replace(/^\./, "");
      return [dotted === "" ? "*" : dotted, name];
    }),
  );
}

const MAX_DEPTH = 12;

/** Outermost first; what lies within a classed value goes with it. */
function classesIn(shape: Shape, path: string, depth = 0): readonly Classed[] {
  if (depth > MAX_DEPTH) return [];
  return parts(shape).flatMap((part): readonly Classed[] => {
    const schema = part.schema === true ? {} : part.schema;
    const name = schema["x-data-class"];
    if (typeof name === "string") return [{ path, name }];
    const members = isObject(schema.properties) ? Object.entries(schema.properties) : [];
    const inner = members.flatMap(([key, value]) =>
      isObject(value)
        ? classesIn({ schema: value, root: part.root }, `${path}.${key}`, depth + 1)
        : [],
    );
    const items = isObject(schema.items)
      ? classesIn({ schema: schema.items, root: part.root }, `${path}[]`, depth + 1)
      : [];
    return [...inner, ...items];
  });
}

/** The schema, what it refers to, and its alternatives: one that classes a field is enough. */
function parts(shape: Shape): readonly Shape[] {
  const schema = resolved(shape);
  const all = Array.isArray(schema?.allOf) ? schema.allOf.filter(isObject) : [];
  return [
    shape,
    ...(schema && schema !== shape.schema ? [{ schema, root: shape.root }] : []),
    ...alternatives(shape).filter((one) => one.schema !== shape.schema),
    ...all.map((one) => ({ schema: one, root: shape.root })),
  ];
}

/**
 * A schema that holds nothing but the classes of what is given, for the function to remove what its
 * model may not be shown; undefined where nothing is classed.
 */
export function classSchema(
  fields: Iterable<string>,
  given: GivenShape | undefined,
): JsonObject | undefined {
  const properties: JsonObject = {};
  for (const field of fields) {
    const shape = given?.(field);
    const classes = shape && classesOnly(shape);
    if (classes) properties[field] = classes;
  }
  return Object.keys(properties).length > 0 ? { properties } : undefined;
}

function classesOnly(shape: Shape, depth = 0): JsonObject | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const found = parts(shape).flatMap((part): JsonObject[] => {
    const schema = part.schema === true ? {} : part.schema;
    const name = schema["x-data-class"];
    if (typeof name === "string") return [{ "x-data-class": name }];
    const properties: JsonObject = {};
    for (const [key, value] of Object.entries(
      isObject(schema.properties) ? schema.properties : {},
    )) {
      const inner = isObject(value)
        ? classesOnly({ schema: value, root: part.root }, depth + 1)
        : undefined;
      if (inner) properties[key] = inner;
    }
    const items = isObject(schema.items)
      ? classesOnly({ schema: schema.items, root: part.root }, depth + 1)
      : undefined;
    const any = Object.keys(properties).length > 0;
    return any || items ? [{ ...(any && { properties }), ...(items && { items }) }] : [];
  });
  const [only, ...more] = found;
  return more.length === 0 ? only : { allOf: found };
}
