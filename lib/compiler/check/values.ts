/** Checks the expressions in a value, and the value against what is expected of it. */
import type { Bundle } from "../../bundle/bundle.ts";
import { EXPRESSION_OFFSET, expressionCode, isExpression } from "../../manifest/expression.ts";
import type { Json } from "../../manifest/manifest.ts";
import { nearest } from "../../manifest/nearest.ts";
import type { Path } from "../../manifest/source.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { RUN_FIELDS } from "../emit/work-states.ts";
import type { ExpressionParser, Parsed, Use } from "../expression/parse.ts";
import type { Definition, Index } from "../index-steps.ts";
import { misfit, property, requiredKeys } from "./fits.ts";
import type { Report } from "./report.ts";
import {
  alternatives,
  closedKeys,
  itemsOf,
  listOf,
  member,
  resolved,
  type Shape,
  shapeOf,
  typesOf,
} from "./shape.ts";
import { undefinedName } from "./undefined-name.ts";

/** What can be read at a place. */
export interface View {
  readonly here: Definition;
  /** Names with a value on every path here, and what is known of it. */
  readonly names: ReadonlyMap<string, Shape | undefined>;
  /** Inside of a catch. */
  readonly catching: boolean;
}

const TEXT: JsonObject = { type: "string" };
const REPAIR: JsonObject = {
  additionalProperties: false,
  required: ["of", "step", "iteration", "by", "reason", "changed", "document"],
  properties: {
    of: {
      type: "object",
      additionalProperties: false,
      required: ["id", "startedAt"],
      properties: { id: TEXT, startedAt: TEXT },
    },
    ...Object.fromEntries(["step", "iteration", "by", "reason"].map((field) => [field, TEXT])),
    changed: { type: "array", items: TEXT },
    document: { type: "object" },
  },
};
const RUN: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: [...RUN_FIELDS],
  properties: {
    ...Object.fromEntries(RUN_FIELDS.map((field) => [field, TEXT])),
    customer: { type: ["string", "null"] },
    repair: { type: ["object", "null"], ...REPAIR },
  },
};
const CAUGHT: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["name", "cause"],
  properties: { name: TEXT, cause: TEXT },
};

export class Values {
  readonly #bundle: Bundle;
  readonly #index: Index;
  readonly #parser: ExpressionParser;
  readonly #report: Report;
  readonly #globals: ReadonlyMap<string, Shape | undefined>;

  constructor(bundle: Bundle, index: Index, parser: ExpressionParser, report: Report) {
    this.#bundle = bundle;
    this.#index = index;
    this.#parser = parser;
    this.#report = report;
    this.#globals = new Map<string, Shape | undefined>([
      ["input", shapeOf(bundle.contracts.input)],
      ["config", undefined],
      ["run", shapeOf(RUN)],
      ["iteration", shapeOf(TEXT)],
    ]);
  }

  /** Checks every expression in a value; what the value will be, so far as is known. */
  check(value: Json, path: Path, view: View): Shape | undefined {
    if (typeof value === "string" && isExpression(value))
      return this.#expression(value, path, view);
    if (Array.isArray(value)) {
      const items = value.map((item, i) => this.check(item, [...path, i], view));
      const known = items.length === 1 ? listOf(items[0])?.schema : undefined;
      return shapeOf({ type: "array", maxItems: items.length, ...(known !== true && known) });
    }
    if (typeof value !== "object" || value === null) return shapeOf({ const: value });
    const fields = Object.entries(value).map(
      ([key, item]) => [key, this.check(item, [...path, key], view)] as const,
    );
    return closedObject(fields);
  }

  /** As `check`, and reports what is surely not as `expected`. `what` names the value in messages. */
  checkAgainst(
    value: Json,
    path: Path,
    view: View,
    expected: Shape | undefined,
    what: string,
  ): Shape | undefined {
    const shape = this.check(value, path, view);
    if (expected) this.#compare(value, path, view, expected, what);
    return shape;
  }

  /** Reports at `path` what is surely no `expected`. */
  fits(shape: Shape, expected: Shape | undefined, what: string, path: Path): void {
    const found = misfit(shape, expected, what);
    if (found) this.#report.add(found, this.#bundle.source.placeOf(path));
  }

  #compare(value: Json, path: Path, view: View, expected: Shape, what: string): void {
    const { source } = this.#bundle;
    if (typeof value === "object" && value !== null) {
      const type = Array.isArray(value) ? "array" : "object";
      const possible = alternatives(expected).filter((one) => typesOf(one)?.has(type) ?? true);
      const only = possible[0];
      const schema = resolved(only);
      if (possible.length === 1 && only && schema && typesOf(only)) {
        if (Array.isArray(value)) {
          const items = itemsOf(only);
          if (!items) return;
          for (const [i, item] of value.entries()) {
            this.#compare(item, [...path, i], view, items, `${what}[${i}]`);
          }
        } else this.#compareObject(value, path, view, only, schema, what);
        return;
      }
      if (possible.length > 0) return;
    }
    const parsed =
      typeof value === "string" && isExpression(value) ? this.#parse(value) : undefined;
    const shape = parsed ? this.#shapeOf(parsed, view) : shapeOf(this.#literalSchema(value));
    const found = misfit(shape, expected, what);
    if (found) this.#report.add(found, source.placeOf(path));
    const types = typesOf(expected);
    if (parsed?.selects && types?.size === 1 && types.has("array")) {
      this.#report.add(
        {
          code: "ESP415",
          severity: "warning",
          message: `${what} is a list, but this filter yields one alone for one match, and nothing for none`,
          hint: `Make it a list in every case: "{% [${parsed.code.trim()}] %}".`,
        },
        source.placeOf(path),
      );
    }
  }

  #literalSchema(value: Json): JsonObject {
    if (Array.isArray(value)) return { type: "array" };
    return typeof value === "object" && value !== null ? { type: "object" } : { const: value };
  }

  #compareObject(
    value: { [key: string]: Json },
    path: Path,
    view: View,
    expected: Shape,
    schema: JsonObject,
    what: string,
  ): void {
    const { source } = this.#bundle;
    const keys = Object.keys(value);
    const allowed = closedKeys(schema);
    for (const key of requiredKeys(schema)) {
      if (keys.includes(key)) continue;
      const near = nearest(key, keys);
      this.#report.add(
        {
          code: "ESP410",
          message: `${what} lacks "${key}", which is required`,
          hint:
            near && !allowed?.includes(near)
              ? `It has "${near}": is "${key}" meant?`
              : `Add \`${key}: …\`, or take it out of the contract's \`required\`.`,
        },
        source.has(path) ? source.keyPlaceOf(path) : source.placeOf(path),
      );
    }
    for (const key of keys) {
      const at = [...path, key];
      if (allowed !== undefined && !allowed.includes(key)) {
        const near = nearest(key, allowed);
        this.#report.add(
          {
            code: "ESP411",
            message: `${what} has no "${key}"`,
            hint: near
              ? `Did you mean "${near}"?`
              : `Allowed are ${allowed.join(", ") || "no keys"}.`,
          },
          source.keyPlaceOf(at),
        );
        continue;
      }
      const inner = property(expected, schema, key);
      if (inner) this.#compare(value[key] ?? null, at, view, inner, `"${key}" of ${what}`);
    }
  }

  #parse(value: string): Parsed {
    return this.#parser.parse(expressionCode(value).trim());
  }

  #expression(value: string, path: Path, view: View): Shape | undefined {
    const code = expressionCode(value);
    const parsed = this.#parse(value);
    const offset = EXPRESSION_OFFSET + code.length - code.trimStart().length;
    const place = (start: number, length: number) =>
      this.#bundle.source.placeOf(path, { offset: offset + start, length });
    for (const { start, length, ...finding } of parsed.faults) {
      this.#report.add(finding, place(start, length));
    }
    for (const { name, start } of parsed.locals) {
      if (!view.names.has(name) && !this.#globals.has(name) && name !== "states") continue;
      this.#report.add(
        {
          code: "ESP306",
          message: `"$${name}" is bound here, and would hide the workflow's own "$${name}"`,
          hint: "Give the variable or parameter another name.",
        },
        place(start, name.length + 1),
      );
    }
    for (const use of parsed.uses) this.#use(use, view, place);
    return this.#shapeOf(parsed, view);
  }

  #nameShape(name: string, view: View): { readonly shape: Shape | undefined } | undefined {
    if (view.names.has(name)) return { shape: view.names.get(name) };
    if (this.#globals.has(name)) return { shape: this.#globals.get(name) };
    return name === "error" && view.catching ? { shape: shapeOf(CAUGHT) } : undefined;
  }

  #use(
    use: Use,
    view: View,
    place: (start: number, length: number) => ReturnType<Bundle["source"]["placeOf"]>,
  ): void {
    const known = this.#nameShape(use.name, view);
    if (known === undefined) {
      const visible = [...view.names.keys()];
      const { source } = this.#bundle;
      const finding = undefinedName(use.name, view.here, this.#index, visible, source);
      this.#report.add(finding, place(use.start, use.end - use.start));
      return;
    }
    let { shape } = known;
    let written = `$${use.name}`;
    for (const { name, end } of use.path) {
      const found = member(shape, name);
      if ("absent" in found) {
        const near = nearest(name, found.absent);
        const list = found.absent
          .slice(0, 12)
          .map((key) => `"${key}"`)
          .join(", ");
        this.#report.add(
          {
            code: "ESP413",
            message: `"${written}" has no "${name}"`,
            hint: near ? `Did you mean "${near}"?` : `It has ${list || "no fields"}.`,
          },
          place(end - name.length, name.length),
        );
        return;
      }
      shape = found.shape;
      written += `.${name}`;
    }
  }

  #shapeOf(parsed: Parsed, view: View): Shape | undefined {
    if (parsed.plain === undefined) return undefined;
    let shape = this.#nameShape(parsed.plain.name, view)?.shape;
    for (const { name } of parsed.plain.path) {
      const found = member(shape, name);
      shape = "absent" in found ? undefined : found.shape;
    }
    return shape;
  }
}

/** The shape of an object of which every field is known by name. */
export function closedObject(
  fields: readonly (readonly [key: string, shape: Shape | undefined])[],
): Shape {
  return shapeOf({
    type: "object",
    additionalProperties: false,
    required: fields.map(([key]) => key),
    properties: Object.fromEntries(fields.map(([key, shape]) => [key, standalone(shape)])),
  });
}

/** A schema that means the same in another document: one with references of its own stays open. */
function standalone(shape: Shape | undefined): JsonObject {
  if (shape === undefined || shape.schema === true || shape.nullable || refers(shape.schema))
    return {};
  return shape.schema;
}

const REFERS = new WeakMap<object, boolean>();
function refers(value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  const known = REFERS.get(value);
  if (known !== undefined) return known;
  const found = Array.isArray(value)
    ? value.some(refers)
    : "$ref" in value || Object.values(value).some(refers);
  REFERS.set(value, found);
  return found;
}
