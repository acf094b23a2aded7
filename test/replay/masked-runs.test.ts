/** Runs whose kept values are masked by their data classes: what a replay can say of them, and what it cannot. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { recorded, type Version, verdicts } from "./recorded.ts";

const INPUT: JsonObject = {
  type: "object",
  properties: { email: { type: "string", "x-data-class": "pii" }, n: { type: "number" } },
};

/** What each step does with the value that is masked. */
const CODE = {
  passes: "return { who: input.email };",
  nothing: "return { n: 1 };",
  looks: "return { letters: input.email.length * 1000, loud: input.email.toUpperCase() };",
  refuses:
    'if (!/^[^[@]+@[^@]+$/.test(input.email)) throw Object.assign(new Error("no address"), { name: "Contract.InputInvalid" }); return { ok: true };',
} as const;
type Kind = keyof typeof CODE;

const codeOf = (more: Partial<Record<string, string>> = {}) => {
  const cases = Object.entries({ ...CODE, tells: CODE.passes, ...more }).map(
    ([kind, body]) => `if (id.startsWith("${kind}")) { ${body} }`,
  );
  return `export const work = ({ step: { id }, input }) => { ${cases.join("\n")}\nreturn { found: true, v: 1 }; };
export const handler = async (call) => work(call);\n`;
};

/** Steps that are given the value; the last one gets what an expression makes of it. */
const stepsOf = (kinds: readonly Kind[], more = "") =>
  `${kinds
    .map(
      (kind, i) =>
        `- { id: ${kind}${i}, task: code/a.ts, with: { email: "{% $input.email %}" } }\n`,
    )
    .join("")}${more}`;
const DERIVED = `- { id: nothing9, task: code/a.ts, with: { letters: "{% $length($input.email) * 1000 %}" } }\n`;
const PATH = `- id: way
  switch:
    - when: "{% $contains($input.email, '@') %}"
      steps: [{ id: nothing8, task: code/a.ts }]
    - otherwise: [{ id: nothing7, task: code/a.ts }]
`;
/** A model and an agent whose requests hold the value: code has quoted it where no contract classes it. */
const ASKED = `- { id: tells9, task: code/a.ts, with: { email: "{% $input.email %}" } }
- { id: m, model: reader, prompt: prompts/ask.md, with: { value: "{% $tells9.who %}" } }
- { id: a, agent: agents/looking.yaml, with: { value: "{% $tells9.who %}" } }
`;

const versionOf = (steps: string, more?: Partial<Record<string, string>>): Version => ({
  ...{ steps, code: codeOf(more), parts: { input: INPUT } },
});

const secret = fc
  .tuple(fc.stringMatching(/^[a-z]{5,12}$/), fc.stringMatching(/^[a-z]{5,9}$/))
  .map(([name, host]) => `${name}@${host}.example`);
const kinds = fc.array(fc.constantFrom<Kind>("passes", "nothing", "looks", "refuses"), {
  minLength: 1,
  maxLength: 4,
});

it("says of no step that it differs where only masks do", async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[secret, kinds, fc.constantFrom("", DERIVED, PATH, ASKED, `${ASKED}${DERIVED}`)],
      async (email, used, more) => {
        const { replay, status } = await recorded(versionOf(stepsOf(used, more)), { email, n: 1 });
        expect(status).toBe("SUCCEEDED");
        const report = await replay();
        expect(JSON.stringify(report)).not.toContain(email);
        expect(report.isIdentical).toBe(true);
        expect(report.first).toBe(null);
        for (const { step, verdict, cause } of report.steps) {
          const isAsked = step.startsWith("looks") || step.startsWith("refuses");
          const isDerived = /^nothing[79]/.test(step);
          expect(`${step} ${verdict}`).toBe(`${step} ${isAsked || isDerived ? "masked" : "same"}`);
          if (verdict === "masked") expect(cause).toMatchObject({ source: "masked" });
        }
        const masked = report.steps.filter(({ verdict }) => verdict === "masked").length;
        expect(report.masks).toEqual({ calls: masked, path: more === PATH });
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);

it("names what depends on chance, masks or not", async () => {
  const version = versionOf(stepsOf(["passes", "looks", "nothing"]), {
    nothing: "return { n: Math.random() };",
  });
  const { replay } = await recorded(version, { email: "ann.lee@shop.example", n: 1 });
  const report = await replay();
  expect(verdicts(report)).toEqual([
    "passes0: run, same",
    "looks1: run, masked",
    "nothing2: run, differs",
  ]);
  expect(report).toMatchObject({ isIdentical: false, first: 2 });
  expect(report.steps[2]?.cause).toMatchObject({ source: "random" });
});

it.each<[what: string, changed: Partial<Record<string, string>>, expected: string[]]>([
  ["nothing", {}, []],
  ["code that looks into none", { nothing: "return { n: 2 };" }, ["nothing3", "nothing9"]],
  ["code that passes a mask on", { passes: "return { whom: input.email };" }, ["passes0"]],
  ["code that looks into one", { looks: "return { few: input.email.length };" }, ["looks1"]],
  ["code that refuses one", { refuses: "return { ok: false };" }, ["refuses2"]],
])("holds another bundle against the run's own where it changes %s", async (_, changed, differ) => {
  const steps = stepsOf(["passes", "looks", "refuses", "nothing"], `${ASKED}${DERIVED}`);
  const { other } = await recorded(versionOf(steps), { email: "ann.lee@shop.example", n: 1 });
  const report = await (await other(versionOf(steps, changed)))();
  const odd = report.steps.filter(({ verdict }) => verdict !== "same" && verdict !== "masked");
  expect(odd.map(({ step }) => step)).toEqual(differ);
  for (const { cause } of odd) expect(cause).toMatchObject({ source: "bundle" });
  expect(report.isIdentical).toBe(differ.length === 0);
});

it("says what it cannot tell where the run's own bundle is gone", async () => {
  const steps = stepsOf(["looks", "nothing"]);
  const { other } = await recorded(versionOf(steps), { email: "ann.lee@shop.example", n: 1 });
  const against = await other(versionOf(steps, { nothing: "return { n: 2 };" }));
  const report = await against({ own: undefined });
  expect(verdicts(report)[0]).toBe("looks0: run, masked");
});
