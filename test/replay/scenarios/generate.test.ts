/** Inputs at the edges of a contract. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { inputProblems } from "../../../lib/manifest/input-problems.ts";
import { edgeInputs } from "../../../lib/replay/scenarios/generate/edge-inputs.ts";
import { testSuite } from "../../../lib/replay/scenarios/test-suite.ts";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import { scenarioBundle, scenarioFile } from "./scenario-bundle.ts";

const CONTRACT: JsonObject = {
  type: "object",
  required: ["name", "size"],
  additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 2, maxLength: 5 },
    size: { type: "integer", minimum: 1, maximum: 9 },
    kind: { enum: ["a", "b"] },
    tags: { type: "array", items: { $ref: "#/$defs/tag" }, maxItems: 3 },
  },
  $defs: { tag: { type: "object", properties: { text: { type: "string", maxLength: 4 } } } },
};

it("takes each part of a contract to its edges, one at a time", () => {
  const base = { name: "abc", size: 4, kind: "a", tags: [{ text: "x" }] };
  const all = edgeInputs(CONTRACT, base);
  const values = Object.fromEntries(all.map(({ label, input }) => [label, input]));
  expect(values).toMatchObject({
    "name-shortest": { ...base, name: "ab" },
    "name-longest": { ...base, name: "abcab" },
    "size-least": { ...base, size: 1 },
    "size-most": { ...base, size: 9 },
    "kind-absent": { name: "abc", size: 4, tags: [{ text: "x" }] },
    "kind-enum-2": { ...base, kind: "b" },
    "tags-fewest": { ...base, tags: [] },
    "tags-most": { ...base, tags: [{ text: "x" }, { text: "x" }, { text: "x" }] },
    "tags-0-text-longest": { ...base, tags: [{ text: "xxxx" }] },
  });
  expect([...String((values["name-unicode"] as { name: string }).name)]).toHaveLength(5);
  // Required: a run without it is refused before it begins.
  expect(Object.keys(values)).not.toContain("name-absent");
});

const schemas = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    fc.record({ type: fc.constant("string"), maxLength: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ type: fc.constant("integer"), minimum: fc.integer({ min: -5, max: 5 }) }),
    fc.record({ type: fc.constant("boolean") }),
    fc.record({ type: fc.constant("array"), items: tie("schema"), maxItems: fc.nat(4) }),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("schema"), { maxKeys: 3 }),
    }),
  ),
})).schema;

it("yields what a contract allows, each once, and always the same", () => {
  fc.assert(
    fc.property(schemas, fc.jsonValue({ maxDepth: 3 }), (schema, base) => {
      const contract = schema as JsonObject;
      const all = edgeInputs(contract, base as Json);
      expect(edgeInputs(contract, base as Json)).toEqual(all);
      expect(new Set(all.map(({ label }) => label)).size).toBe(all.length);
      for (const { input } of all) expect(inputProblems(contract, input)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

it("finds an input that a step was not made for, and lets it refuse one", async () => {
  const made = await scenarioBundle({
    steps: '- { id: a, task: code/a.ts, with: "{% $input %}" }\n',
    code: `
      if (input.name.length > 4) throw Object.assign(new Error("too long"), { name: "Contract.InputInvalid" });
      if (input.size === 9) throw new Error("nobody thought of nine");
      return [...input.name].length;`,
    parts: { input: CONTRACT },
    files: scenarioFile("input: { name: abc, size: 4 }\n"),
  });
  const { isMet, scenarios } = await testSuite({
    ...{ folder: made.folder, shown: ".", plan: made.plan, digest: made.digest },
    ...{ repeat: 1, generate: true, since: undefined, done: () => undefined },
    run: (job) => made.test("case", job),
  });
  const failed = scenarios.filter(({ verdict }) => verdict !== "passed");
  expect(failed.map(({ name, origin }) => [name, origin])).toEqual([
    ["case/size-most", "generated"],
  ]);
  expect(failed[0]?.checks[0]?.message).toMatch(/nobody thought of nine/);
  expect(isMet).toBe(false);
  expect(scenarios.length).toBeGreaterThan(8);
});
