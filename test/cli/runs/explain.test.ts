/** What `espalier explain` says of a run, and how. */

import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { explainPage } from "../../../lib/cli/runs/explain-page.ts";
import { explainText } from "../../../lib/cli/runs/explain-text.ts";
import type { ExplainedBundle } from "../../../lib/replay/explain-run.ts";
import { explainRun } from "../../../lib/replay/explain-run.ts";
import { detail, openApproval } from "../fake-run.ts";

const PLAN = {
  contracts: { input: true, output: true },
  definition: { StartAt: "greet" },
  handlers: { greet: { input: {}, output: {} } },
  functions: [
    {
      ...{ name: "greet", step: "greet", kind: "task", entry: "code/greet.ts", effect: "write" },
      permissions: [{ actions: ["s3:PutObject"], resources: ["arn:aws:s3:::greetings/*"] }],
    },
    {
      ...{ name: "find", step: "find", kind: "retrieve", effect: "read", permissions: [] },
      document: { knowledge: "handbook", version: "2026.11.1", digest: "sha256:feed" },
    },
    {
      ...{ name: "think", step: "think", kind: "agent", effect: "none", permissions: [] },
      document: {
        model: { component: "reader", version: "1.2.0" },
        prompt: { text: "Be brief." },
        tools: [{ name: "look", effect: "read", input: {}, mcp: null }],
      },
    },
  ],
} as unknown as ExplainedBundle["plan"];

const bundle: ExplainedBundle = { plan: PLAN, code: new Map([["code/greet.ts", "sha256:c0de"]]) };
const hostile = `<script>alert("x")</script>\u001b[31m`;

function explained(of: Partial<Parameters<typeof explainRun>[0]> = {}) {
  const approved = openApproval({
    status: "approved",
    decision: {
      ...{ verdict: "approved", by: "ben@example.com", at: "2026-11-21T08:00:00.000Z" },
      ...{ reason: hostile, category: null, edited: null },
    },
  });
  const last = { number: 2, digest: "sha256:1a57" };
  return explainRun({
    ...{ run: detail(), bundle, config: { tone: "kind" }, approvals: [approved], against: null },
    audit: [{ stream: "run-1", entries: 2, problems: [], last }],
    ...of,
  });
}

const textOf = (number: number, answers = explained()) =>
  answers[number - 1]?.facts.map(({ name, value }) => `${name}: ${value}`).join("\n") ?? "";

describe("the explanation of a run", () => {
  it.each([
    [
      1,
      [
        "workflow: hello 1.0.0",
        "bundle: sha256:0123",
        "code code/greet.ts: sha256:c0de",
        "reader 1.2.0",
      ],
    ],
    [2, ["asked by: asker@example.com", "write; s3:PutObject on arn:aws:s3:::greetings/*"]],
    [3, ["environment: local", "customer: none", 'tone: "kind"']],
    [4, ["prompt of think: sha256:", "tool look: read, sha256:", "contract of greet: sha256:"]],
    [5, ["handbook 2026.11.1, sha256:feed"]],
    [
      6,
      ["approved by ben@example.com at 2026-11-21", "2 entries, chain verified, last sha256:1a57"],
    ],
  ])("answers question %i", (number, expected) => {
    for (const each of expected) expect(textOf(number)).toContain(each);
  });

  it("has eight answers, and says of tests and of other bundles that there is nothing", () => {
    const answers = explained();
    expect(answers).toHaveLength(8);
    expect(answers[6]).toMatchObject({ facts: [], none: "None recorded for this digest." });
    expect(answers[7]?.facts).toEqual([]);
  });

  it("says that an audit chain was touched", () => {
    const problems = [{ number: 1, kind: "changed" as const, message: "Entry 1 was changed." }];
    const audit = [{ stream: "run-1", entries: 2, problems, last: null }];
    expect(textOf(6, explained({ audit }))).toContain(
      "NOT as it was written: Entry 1 was changed.",
    );
  });

  it("names what is different in another bundle, and nothing else", () => {
    const [greet, find, think] = PLAN.functions;
    const other = {
      ...PLAN,
      functions: [
        greet,
        {
          ...find,
          document: { knowledge: "handbook", version: "2026.12.1", digest: "sha256:f00d" },
        },
        think,
      ],
    } as unknown as ExplainedBundle["plan"];
    const code = new Map([["code/greet.ts", "sha256:0ther"]]);
    const against = { name: "run two", bundle: { plan: other, code } };
    expect(explained({ against })[7]?.facts).toEqual([
      { name: "code code/greet.ts", value: "sha256:c0de became sha256:0ther" },
      {
        name: "corpus of find",
        value: "handbook 2026.11.1, sha256:feed became handbook 2026.12.1, sha256:f00d",
      },
    ]);
    const same = explained({ against: { name: "run two", bundle } });
    expect(same[7]).toMatchObject({ facts: [], none: expect.stringContaining("same parts") });
  });

  it("fits into 80 columns, and loses nothing of a long value", () => {
    const digest = `sha256:${"ab".repeat(100)}`;
    const run = detail({ digest });
    const lines = explainText(explained({ run }), { color: createColors(false), width: 80 });
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.join("").replace(/ +/g, "")).toContain(digest);
    expect(lines.join("")).not.toContain("\u001b");
  });

  it("becomes a page in which what people wrote stays text", () => {
    const page = explainPage(detail(), explained());
    expect(page).not.toContain("<script");
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page.match(/<h2>/g)).toHaveLength(8);
  });
});
