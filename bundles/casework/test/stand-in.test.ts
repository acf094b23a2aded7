import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Json } from "espalier";
import { describe, expect, it } from "vitest";
import { readPolicy } from "../../license-review/code/policy/policy.ts";
import mender from "../agents/mender.stand-in.ts";
import { applyEdits, Edits } from "../toolsets/workshop/edits.ts";

const POLICY = "policy/licences.yaml";
const REVIEW = resolve(import.meta.dirname, "../../license-review");
const text = readFileSync(join(REVIEW, POLICY), "utf8");
const RULES = { folders: { policy: "minor" }, files: 5, bytes: 40_000 } as const;

type Messages = Parameters<typeof mender.answer>[1]["messages"];
const request = {
  modelId: "stand-in",
  system: [],
  messages: [],
  inferenceConfig: { maxTokens: 1 },
};

const caseOf = (fields: object = {}) => ({
  component: "@example/lists@2.5.0",
  expected: { verdict: "allowed" },
  reason: `Data: "lists", and nothing else. # ${"Read by legal in full. ".repeat(12)}`,
  expert: "legal@example.com",
  day: "2028-02-29",
  recorded: { verdict: "unclear", licence: "CC-BY-3.0" },
  ...fields,
});

/** Its next answer, after tools have answered with these. */
async function next(of: Json, results: readonly Json[]) {
  const messages = results.map((json, index) => ({
    role: "user" as const,
    content: [
      { toolResult: { toolUseId: `${index}`, status: "success" as const, content: [{ json }] } },
    ],
  })) as Messages;
  const context = { turn: results.length, tools: [], input: { case: of }, messages };
  const answer = await mender.answer(request, context);
  if (typeof answer !== "object") throw new Error("It has said something, and done nothing.");
  return answer;
}

const edited = async (answer: object) => {
  const [use] = "toolUse" in answer ? (answer.toolUse as { input: { edits: Json } }[]) : [];
  const files = await applyEdits(Edits.parse(use?.input.edits), RULES, (path) =>
    Promise.resolve(path === POLICY ? text : undefined),
  );
  return readPolicy(files.ok ? (files.files.get(POLICY) ?? "") : files.problems.join("\n"));
};

describe("the stand-in of the agent", () => {
  const read = { path: POLICY, text };
  const refused = { ok: false, problems: ["The scenario other was passed and is failed"] };

  it("changes the real policy into valid ones: too broadly first, then for one package", async () => {
    const of = caseOf();
    expect(await next(of, [])).toMatchObject({ toolUse: [{ name: "list_files" }, {}] });
    const broad = await edited(await next(of, [read]));
    expect(broad.allow).toContain("CC-BY-3.0");
    const narrow = await edited(await next(of, [read, refused]));
    const reason = of.reason.replace(/\s+/g, " ").trim();
    expect(narrow).toEqual({
      ...readPolicy(text),
      exceptions: [
        {
          ...{ package: "@example/lists", versions: "^2.5.0", declared: "CC-BY-3.0", reason },
          ...{ verdict: "allow", owner: "legal@example.com", expires: "2029-02-28" },
        },
      ],
    });
  });

  it("hands in what has passed, and nothing where all has failed or the case is another", async () => {
    const passed = await next(caseOf(), [read, refused, { ok: true, problems: [] }]);
    expect(passed).toMatchObject({ json: { edits: [{ file: POLICY }] } });
    for (const answer of [
      await next(caseOf(), [read, refused, refused]),
      await next(caseOf({ expected: { verdict: "denied" } }), []),
    ]) {
      expect(answer).toMatchObject({ json: { edits: [], explanation: expect.any(String) } });
    }
  });
});
