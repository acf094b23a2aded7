import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import { clear } from "../../../lib/runtime/model/clearance.ts";

const PERSONAL = { type: "string", "x-data-class": "personal" };
const OPEN = ["public", "internal"];

describe("what a model is not cleared for", () => {
  it.each<[string, JsonObject, Json, Json, string[]]>([
    [
      "a property",
      { properties: { name: PERSONAL, text: { "x-data-class": "internal" } } },
      { name: "Ada", text: "x", more: 1 },
      { text: "x", more: 1 },
      [".name"],
    ],
    [
      "a property deep inside, behind a reference",
      {
        properties: { list: { items: { $ref: "#/$defs/p" } } },
        $defs: { p: { properties: { name: PERSONAL } } },
      },
      { list: [{ name: "Ada", a: 1 }, { a: 2 }] },
      { list: [{ a: 1 }, { a: 2 }] },
      [".list[0].name"],
    ],
    ["an entry of a list", { items: PERSONAL }, ["Ada", "Bob"], [], ["[0]", "[1]"]],
    [
      "an entry at its place",
      { prefixItems: [true, PERSONAL] },
      ["a", "Ada", "c"],
      ["a", "c"],
      ["[1]"],
    ],
    [
      "a whole object",
      { properties: { who: { ...PERSONAL, type: "object" } } },
      { who: { a: 1 } },
      {},
      [".who"],
    ],
    ["the value itself", PERSONAL, "Ada", null, ["(all)"]],
    [
      "what any alternative classes",
      { anyOf: [{ properties: { a: PERSONAL } }, true] },
      { a: 1 },
      {},
      [".a"],
    ],
    [
      "what is classed under a condition",
      { if: {}, else: { properties: { a: PERSONAL } } },
      { a: 1 },
      {},
      [".a"],
    ],
    [
      "names by a pattern",
      { patternProperties: { "^p_": PERSONAL } },
      { p_a: 1, q: 2 },
      { q: 2 },
      [".p_a"],
    ],
    [
      "all other names",
      { properties: { a: {} }, additionalProperties: PERSONAL },
      { a: 1, "b c": 2 },
      { a: 1 },
      ['["b c"]'],
    ],
    [
      "an anchor's target",
      { $ref: "#who", $defs: { x: { $anchor: "who", properties: { a: PERSONAL } } } },
      { a: 1 },
      {},
      [".a"],
    ],
    [
      "what depends on another",
      { dependentSchemas: { b: { properties: { a: PERSONAL } } } },
      { a: 1 },
      {},
      [".a"],
    ],
  ])("is %s", (_what, schema, value, kept, paths) => {
    const before = structuredClone(value);
    const { value: cleared, removed } = clear(value, schema, OPEN);
    expect(cleared).toEqual(kept);
    expect(removed.map(({ path }) => path)).toEqual(paths);
    expect(removed.every((each) => each.class === "personal")).toBe(true);
    expect(value).toEqual(before);
  });

  it("is nothing where the class is named, or there is no contract", () => {
    const schema = { properties: { name: PERSONAL } };
    expect(clear({ name: "Ada" }, schema, ["personal"])).toEqual({
      value: { name: "Ada" },
      removed: [],
    });
    expect(clear({ name: "Ada" }, true, []).removed).toEqual([]);
  });

  it("is found in a schema that refers to itself", () => {
    const schema = { properties: { next: { $ref: "#" }, name: PERSONAL } };
    const value = { next: { next: { name: "Ada" }, name: "Bob" } };
    expect(clear(value, schema, OPEN).value).toEqual({ next: { next: {} } });
  });

  it("keeps what looks like a prototype", () => {
    const value = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as Json;
    expect(JSON.stringify(clear(value, { properties: {} }, OPEN).value)).toBe(
      JSON.stringify(value),
    );
  });

  it("never gets through, wherever it stands", () => {
    const schema = {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          properties: { secret: { "x-data-class": "secret" } },
          additionalProperties: { $ref: "#/$defs/node" },
          items: { $ref: "#/$defs/node" },
        },
      },
    };
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "secret"), tie("tree"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(JSON.stringify(clear(value, schema, OPEN).value)).not.toContain('"secret"');
      }),
    );
  });
});
