/** What `espalier explain` says of a run, and how. */

import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { diffParts } from "../../../lib/bundle/index.ts";
import { partOf } from "../../../lib/bundle/lock/part-value.ts";
import { explainPage } from "../../../lib/cli/runs/explain-page.ts";
import { explainText } from "../../../lib/cli/runs/explain-text.ts";
import { explainRun } from "../../../lib/replay/explain-run.ts";
import type { ExplainedBundle } from "../../../lib/replay/explained-parts.ts";
import { detail, openApproval } from "../fake-run.ts";

const PLAN = {
  contracts: { input: true, output: true },
  espalier: "0.1.0",
  definition: { StartAt: "greet" },
  handlers: { greet: { input: {}, output: {} } },
  functions: [
    {
      ...{ name: "greet", step: "greet", kind: "task", entry: "code/greet.ts", effect: "write" },
      permissions: [{ actions: ["s3:PutObject"], resources: ["arn:aws:s3:::greetings/*"] }],
    },
    {
      ...{ name: "find", step: "find", kind: "retrieve", effect: "read", permissions: [] },
      document: {
        ...{ knowledge: "handbook", version: "2026.11.1", digest: "sha256:feed" },
        chunks: "components/knowledge/handbook/chunks.json",
      },
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

const bundle: ExplainedBundle = {
  plan: PLAN,
  code: new Map([["code/greet.ts", "sha256:c0de"]]),
  files: new Map([
    ["components/knowledge/handbook/knowledge.yaml", "sha256:0"],
    ["components/knowledge/handbook/chunks.json", "sha256:c4t"],
    ["components/knowledge/handbook/documents/delivery.md", "sha256:d0c"],
    ["components/knowledge/other/documents/other.md", "sha256:0ther"],
  ]),
};
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
    ...{
      run: detail(),
      bundle,
      config: { tone: "kind" },
      repair: null,
      approvals: [approved],
      against: null,
    },
    ...{ pulled: null, test: null },
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
        "compiled by: Espalier 0.1.0",
        "code code/greet.ts: sha256:c0de",
        "reader 1.2.0",
      ],
    ],
    [2, ["asked by: asker@example.com", "write; s3:PutObject on arn:aws:s3:::greetings/*"]],
    [3, ["environment: local", "customer: none", 'tone: "kind"']],
    [4, ["prompt of think: sha256:", "tool look: read, sha256:", "contract of greet: sha256:"]],
    [
      5,
      [
        "handbook 2026.11.1, sha256:feed",
        "as it was cut: sha256:c4t",
        "documents/delivery.md: sha256:d0c",
      ],
    ],
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

  it("says of a pulled run where it ran, and when its audit was looked at", () => {
    const answers = explained({ pulled: { environment: "prod", at: "2026-11-21T09:00:00.000Z" } });
    expect(textOf(1, answers)).toContain("pulled: from prod at 2026-11-21T09:00:00.000Z");
    expect(textOf(6, answers)).toContain("sha256:1a57, seen in prod at 2026-11-21T09:00:00.000Z");
  });

  it("says which tests the bundle has passed, and which not", () => {
    const test = {
      ...{ at: "2026-11-21T09:00:00.000Z", isMet: false, unmet: ["95% are asked"] },
      scenarios: [
        { name: "good", verdict: "passed" },
        { name: "bad", verdict: "failed" },
      ],
    };
    expect(textOf(7, explained({ test })).split("\n")).toEqual([
      "last tested: 2026-11-21T09:00:00.000Z",
      "scenarios: 1 of 2 passed",
      "thresholds: NOT met: 95% are asked",
      "bad: failed",
    ]);
  });

  it("names what is different in another bundle, and nothing else", () => {
    const prompt = (text: string) => partOf("prompts.letters", "prompt", "ask.md", text);
    const same = partOf("bundle", "workflow", "version", "1.0.0");
    const changes = diffParts(
      [prompt("Be brief.\nBe kind.\n"), same, partOf("bundle", "config", "tone", "kind")],
      [prompt("Be brief.\nBe fair.\n"), same],
    );
    expect(explained({ against: { name: "run two", changes } })[7]?.facts).toEqual([
      { name: "config tone", value: "removed" },
      { name: "prompts.letters prompt ask.md", value: "changed: +1 -1 lines" },
    ]);
    const none = explained({ against: { name: "run two", changes: [] } });
    expect(none[7]).toMatchObject({ facts: [], none: expect.stringContaining("same parts") });
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
