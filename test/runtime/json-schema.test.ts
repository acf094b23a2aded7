import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import { schemaCheck, validate } from "../../lib/runtime/json-schema.ts";

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

/**
 * Small schemas of all the keywords that contracts use, and values that have a chance to fit them. Names
 * of an object's own are not among them, nor is "unevaluatedProperties": with those the other check
 * makes mistakes.
 */
const name = fc.constantFrom("a", "b", "bc", "c d");
const word = fc.constantFrom("", "a", "ab", "é", "𝄞𝄞");
const count = fc.integer({ min: 0, max: 3 });
const { schema: schemas } = fc.letrec<{ schema: JsonObject | boolean }>((tie) => {
  const inner = tie("schema") as fc.Arbitrary<Json>;
  const members = fc.dictionary(name, inner, { maxKeys: 3 }).map((found) => ({ ...found }));
  const list = fc.array(inner, { minLength: 1, maxLength: 2 });
  const type = fc.constantFrom("object", "array", "string", "integer", "number", "boolean", "null");
  const keyword = fc.oneof<fc.Arbitrary<Json>[]>(
    type.map((found) => ({ type: found })),
    fc.uniqueArray(type, { minLength: 1 }).map((found) => ({ type: found })),
    members.map((properties) => ({ properties })),
    fc
      .tuple(members, inner)
      .map(([properties, additionalProperties]) => ({ properties, additionalProperties })),
    fc.uniqueArray(name).map((required) => ({ required })),
    inner.map((propertyNames) => ({ propertyNames })),
    members.map((dependentSchemas) => ({ dependentSchemas })),
    inner.map((patterned) => ({ patternProperties: { "^[ab]": patterned } })),
    inner.map((items) => ({ items })),
    fc.tuple(list, inner).map(([prefixItems, items]) => ({ prefixItems, items })),
    // Apart from others: beside "prefixItems" the other check takes an empty list for one that contains.
    fc
      .tuple(inner, count)
      .map(([contains, minContains]) => ({ allOf: [{ contains, minContains }] })),
    list.map((anyOf) => ({ anyOf })),
    list.map((oneOf) => ({ oneOf })),
    list.map((allOf) => ({ allOf })),
    inner.map((not) => ({ not })),
    fc.tuple(inner, inner, inner).map(([test, then, other]) => ({ if: test, then, else: other })),
    fc.tuple(count, count).map(([minLength, maxLength]) => ({ minLength, maxLength })),
    fc.tuple(count, count).map(([minItems, maxProperties]) => ({ minItems, maxProperties })),
    fc.tuple(count, count).map(([minimum, exclusiveMaximum]) => ({ minimum, exclusiveMaximum })),
    // Of scalars: ours takes {} and [] for the same (decision 0050).
    fc.constant({ allOf: [{ uniqueItems: true, items: { type: ["string", "number", "null"] } }] }),
    word.map((found) => ({ const: found })),
    fc.uniqueArray(fc.oneof(word, count), { minLength: 1 }).map((found) => ({ enum: found })),
    fc.constant({ $ref: "#/$defs/word" }),
  );
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<JsonObject | boolean>(true, { type: "string" }),
      keyword as fc.Arbitrary<JsonObject>,
      fc.tuple(keyword, keyword).map(([a, b]) => ({ ...(a as JsonObject), ...(b as JsonObject) })),
    ),
  };
});
const values = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.oneof(word, count, fc.boolean(), fc.constant(null), fc.constant(1.5)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(name, tie("value")), { maxLength: 3 })
      .map((members): Json => Object.fromEntries(members)),
  ),
})).value;

/** Undefined where the code that the other check has made is no good: "patternProperties" with others. */
function answerOf(ask: () => boolean): boolean | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) return undefined;
    throw error;
  }
}

describe("the check where functions run", () => {
  it("agrees with the one that the compiler uses", () => {
    // As strict about an object's own names as we are, and silent about schemas that make little sense.
    const ajv = new Ajv2020({ strict: false, ownProperties: true, logger: false });
    let fitting = 0;
    fc.assert(
      fc.property(schemas, fc.array(values, { minLength: 5, maxLength: 5 }), (schema, found) => {
        const whole: JsonObject = {
          $defs: { word: { type: "string", minLength: 1 } },
          allOf: [schema as Json],
        };
        const compiled = ajv.compile(structuredClone(whole));
        for (const value of found) {
          const isFitting = answerOf(() => compiled(value));
          if (isFitting === undefined) continue;
          if (isFitting) fitting += 1;
          expect(validate(whole, value).ok, JSON.stringify([schema, value])).toBe(isFitting);
        }
      }),
      { numRuns: 400 },
    );
    expect(fitting).toBeGreaterThan(100);
  });
});
