import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import { schemaCheck } from "../../lib/runtime/json-schema.ts";

const nested = (depth: number): Json => (depth === 0 ? 1 : { a: nested(depth - 1) });

const person: JsonObject = {
  $defs: { name: { type: "string", minLength: 1, pattern: "^[A-Z]" } },
  type: "object",
  properties: {
    name: { $ref: "#/$defs/name" },
    age: { type: "integer", minimum: 0 },
    tags: { type: "array", items: { enum: ["a", "b"] }, uniqueItems: true },
  },
  required: ["name"],
  additionalProperties: false,
};

const cases: readonly {
  readonly name: string;
  readonly schema: JsonObject | true;
  readonly value: Json;
  readonly problems: readonly string[];
}[] = [
  { name: "what fits", schema: person, value: { name: "Ann", age: 3, tags: ["a"] }, problems: [] },
  { name: "anything where anything goes", schema: true, value: nested(200), problems: [] },
  {
    name: "a member that is missing",
    schema: person,
    value: { age: 3 },
    problems: ['(all): Instance does not have required property "name".'],
  },
  {
    name: "every problem with its place",
    schema: person,
    value: { name: "ann", age: -1, tags: ["a", "c"] },
    problems: [
      ".name: String does not match pattern.",
      ".age: -1 is less than 0.",
      '.tags[1]: Instance does not match any of ["a","b"].',
    ],
  },
  {
    name: "a name that is not in the contract",
    schema: person,
    value: { name: "Ann", "a/b ~": 1 },
    problems: ['["a/b ~"]: This is not allowed here.'],
  },
  {
    name: "required members that every object seems to have",
    schema: { type: "object", required: ["constructor", "__proto__", "toString"] },
    value: {},
    problems: ["constructor", "__proto__", "toString"].map(
      (name) => `(all): Instance does not have required property "${name}".`,
    ),
  },
  {
    name: "members with the names of an object's own",
    schema: { type: "object", properties: { a: {} }, additionalProperties: false },
    value: JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as Json,
    problems: [".__proto__: This is not allowed here.", ".constructor: This is not allowed here."],
  },
  {
    name: "a property that a subschema has evaluated",
    schema: {
      anyOf: [{ properties: { a: { type: "string" } }, required: ["a"] }, { required: ["b"] }],
      unevaluatedProperties: false,
    },
    value: { a: "x" },
    problems: [],
  },
  {
    name: "a tuple",
    schema: { prefixItems: [{ type: "string" }], items: { type: "number" } },
    value: ["a", 1, "b"],
    problems: ['[2]: Instance type "string" is invalid. Expected "number".'],
  },
  {
    name: "what is nested too deep",
    schema: {},
    value: nested(65),
    problems: ["(all): The value is nested deeper than 64 levels."],
  },
  {
    name: "what holds too much",
    schema: { uniqueItems: true },
    value: Array.from({ length: 20_001 }, (_, index) => index),
    problems: ["(all): The value has more than 20000 values inside."],
  },
  {
    name: "a name that is no text",
    schema: { additionalProperties: { type: "number" } },
    value: { "\ud800": "x" },
    problems: ["(all): A property's name has half of a surrogate pair."],
  },
];

describe("a contract's check", () => {
  it.each(cases)("finds in $name: $problems", ({ schema, value, problems }) => {
    const found = schemaCheck(schema)(value).map(({ path, message }) => `${path}: ${message}`);
    expect(found).toEqual(problems);
  });

  it("names 10 problems at most, cut to a length that can be read", () => {
    const value = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`${index}${"x".repeat(1000)}`, "no"]),
    );
    const problems = schemaCheck({ additionalProperties: { type: "number" } })(value);
    expect(problems).toHaveLength(10);
    expect(Math.max(...problems.map(({ message }) => message.length))).toBeLessThan(310);
  });

  it("does not touch the schema, and can be made of it twice", () => {
    const schema = Object.freeze({ $id: "https://example.com/a", type: "string" });
    expect(schemaCheck(schema)("a")).toEqual([]);
    expect(schemaCheck(schema)(1)).toHaveLength(1);
  });

  it("refuses a schema with a keyword that it would pass over", () => {
    expect(() => schemaCheck({ $dynamicRef: "#a" })).toThrow('Contracts may not use "$dynamicRef"');
  });
});
