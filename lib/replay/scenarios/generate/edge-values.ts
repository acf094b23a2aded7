/** Values at the edges of what a JSON Schema allows. The same for the same schema, always. */
import type { Json, JsonObject } from "../../../runtime/json.ts";
import { isObject } from "../../request-of.ts";

export interface EdgeValue {
  /** What is special about it, as a name: `longest`, `enum-2`. */
  readonly label: string;
  readonly value: Json;
}

/** Text that trips what is not made for it: combining, right to left, beyond the first plane, quotes, markup. */
const UNICODE = "Ünï\u0301 \u202eשלום 漢字 👩‍🚀 '\"\\ </script>";
/** Where a schema says no limit. */
const LONG = 2_000;
const MANY = 50;

/** Without `$ref`: the schema that a reference leads to, in its document. */
export function resolveSchema(schema: Json | undefined, root: JsonObject): JsonObject {
  let found = schema;
  for (let i = 0; i < 32 && isObject(found) && typeof found.$ref === "string"; i += 1) {
    found = pointed(found.$ref, root);
  }
  return isObject(found) ? found : {};
}

function pointed(reference: string, root: JsonObject): Json | undefined {
  let at: Json | undefined = reference.startsWith("#") ? root : undefined;
  for (const part of reference.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

/** Edges of one value; `now` is what stands there, from which lists and texts are made. */
export function edgeValues(schema: JsonObject, now: Json | undefined): readonly EdgeValue[] {
  if (Array.isArray(schema.enum)) {
    return schema.enum.map((value, i) => ({ label: `enum-${i + 1}`, value }));
  }
  const types = [schema.type ?? typeOf(now)].flat();
  return types.flatMap((type): readonly EdgeValue[] => {
    switch (type) {
      case "string":
        return texts(schema, typeof now === "string" && now !== "" ? now : "a");
      case "integer":
      case "number":
        return numbers(schema, type === "integer" ? 1 : 0.001);
      case "boolean":
        return [true, false].map((value) => ({ label: String(value), value }));
      case "array":
        return lists(schema, Array.isArray(now) ? now : []);
      case "null":
        return [{ label: "null", value: null }];
      default:
        return [];
    }
  });
}

function texts({ minLength, maxLength }: JsonObject, now: string): EdgeValue[] {
  const least = typeof minLength === "number" ? minLength : 0;
  const most = typeof maxLength === "number" ? maxLength : LONG;
  const fill = (length: number) => now.repeat(length).slice(0, length);
  // Counted as JSON Schema counts: in characters, not in halves of them.
  const unicode = [...UNICODE.repeat(1 + Math.ceil(least / 10))].slice(0, most).join("");
  return [
    { label: "shortest", value: fill(least) },
    { label: "longest", value: fill(most) },
    { label: "unicode", value: unicode },
    { label: "blank", value: " ".repeat(Math.max(1, least)) },
  ];
}

function numbers(schema: JsonObject, step: number): EdgeValue[] {
  const bound = (keyword: string, exclusive: string, inwards: 1 | -1, free: number): number => {
    const [limit, open] = [schema[keyword], schema[exclusive]];
    if (typeof limit === "number") return limit;
    return typeof open === "number" ? open + inwards * step : free;
  };
  return [
    { label: "least", value: bound("minimum", "exclusiveMinimum", 1, -Number.MAX_SAFE_INTEGER) },
    { label: "most", value: bound("maximum", "exclusiveMaximum", -1, Number.MAX_SAFE_INTEGER) },
    { label: "zero", value: 0 },
  ];
}

function lists({ minItems, maxItems }: JsonObject, now: readonly Json[]): EdgeValue[] {
  const least = typeof minItems === "number" ? minItems : 0;
  const most = typeof maxItems === "number" ? maxItems : MANY;
  const repeat = (length: number): Json[] =>
    Array.from({ length }, (_, i) => now[i % now.length] ?? null);
  if (now.length === 0) return [{ label: "fewest", value: [] }];
  return [
    { label: "fewest", value: repeat(least) },
    { label: "most", value: repeat(most) },
  ];
}

function typeOf(value: Json | undefined): string {
  if (value === null || value === undefined) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
