import { describe, expect, it } from "vitest";
import { shownEvidence } from "../../../lib/runtime/approval/evidence.ts";
import { getApproval } from "../../../lib/runtime/approval/find-approvals.ts";
import { asEvidence, normaliseEvidence } from "../../../lib/runtime/approval/normalise-evidence.ts";
import { redactEvidence } from "../../../lib/runtime/approval/redact-evidence.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { canonicalJson, digestOfJson } from "../../../lib/runtime/canonical-json.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { approvalCall, createWorld, storedApproval } from "./approval-world.ts";

describe("evidence", () => {
  it.each<[string, Json, Json]>([
    [
      "keeps what has no meaning of its own",
      { findings: [1], b: null },
      { more: { findings: [1], b: null } },
    ],
    ["takes a value that is no object", "as it is", { more: { evidence: "as it is" } }],
    ["is nothing where the step shows nothing", null, { more: {}, proposal: null }],
    [
      "reads flags, texts or not, one or many",
      {
        flags: [
          "late",
          { level: "critical", text: "GPL", source: "policy" },
          { level: "?", text: 3 },
        ],
      },
      {
        flags: [
          { level: "warning", text: "late", source: null },
          { level: "critical", text: "GPL", source: "policy" },
          { level: "warning", text: "3", source: null },
        ],
      },
    ],
    [
      "reads one flag that JSONata took out of its list",
      { flags: "late" },
      { flags: [{ text: "late" }] },
    ],
    [
      "shows flags of another shape as they are",
      { flags: { a: 1 } },
      { flags: [], more: { flags: { a: 1 } } },
    ],
    ["reads a risk", { risk: "high" }, { risk: { level: "high", reasons: [] } }],
    [
      "reads citations",
      { citations: ["a.pdf", { source: "b", span: 3, quote: "q" }] },
      {
        citations: [
          { source: "a.pdf", span: null, quote: null },
          { source: "b", span: "3", quote: "q" },
        ],
      },
    ],
    [
      "computes what changes from before to after",
      { before: { a: 1, b: [1, 2], c: 0 }, after: { a: 2, b: [1], d: {} } },
      {
        proposal: { a: 2, b: [1], d: {} },
        diff: [
          { path: ["a"], kind: "changed", before: 1, after: 2 },
          { path: ["b", 1], kind: "removed", before: 2, after: null },
          { path: ["c"], kind: "removed", before: 0, after: null },
          { path: ["d"], kind: "added", before: null, after: {} },
        ],
        more: { before: { a: 1, b: [1, 2], c: 0 } },
      },
    ],
    [
      "compares whole values",
      { before: 1, proposal: 2 },
      { diff: [{ path: [], before: 1, after: 2 }] },
    ],
    ["finds no difference where there is none", { before: [1], after: [1] }, { diff: [] }],
  ])("%s", (_, given, expected) => {
    expect(normaliseEvidence(given)).toMatchObject(expected as object);
  });

  it("of a tool call proposes its arguments, and says what the agent thinks", () => {
    const call = {
      agent: "clerk",
      tool: "refund",
      description: "Pays back",
      effect: "write",
      arguments: { amount: 5 },
      argumentsDigest: "sha256:1",
      reasons: "as agreed",
      turn: 2,
      spend: { turns: 2 },
    };
    expect(normaliseEvidence(call)).toMatchObject({
      proposal: { amount: 5 },
      agent: { agent: "clerk", tool: "refund", reasons: "as agreed", spend: { turns: 2 } },
      more: {},
    });
  });

  it("reads again what it was, and what a version before has stored", () => {
    const evidence = normaliseEvidence({ proposal: 1, more: { a: 1 }, b: 2 });
    expect(asEvidence(JSON.parse(JSON.stringify(evidence)) as Json)).toEqual(evidence);
    expect(asEvidence({ findings: [1] })).toEqual(normaliseEvidence({ findings: [1] }));
  });

  it("says only what there is to a person at a terminal", () => {
    expect(shownEvidence(normaliseEvidence({ risk: "low", a: 1 }))).toEqual({
      risk: { level: "low", reasons: [] },
      a: 1,
    });
  });

  it("is frozen under the digest that stands in the request", async () => {
    const { ports } = createWorld();
    const call = approvalCall({ evidence: { proposal: { b: 1, a: [1, 2] } } });
    const { id, evidence, evidenceDigest } = await requestApproval(call, ports);
    expect(evidenceDigest).toBe(digestOfJson(evidence as unknown as Json));
    const chunks: Uint8Array[] = [];
    for await (const chunk of ports.artifacts.open(evidenceDigest)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(canonicalJson(evidence as unknown as Json));
    expect((await getApproval(id, ports)).evidence).toEqual(evidence);
  });

  it("has the steps of the run so far, where somebody knows them", async () => {
    const timeline = [{ step: "inventory", outcome: "succeeded", at: "2026-05-04T09:59:30.000Z" }];
    const ports = { ...createWorld().ports, timeline: async () => timeline };
    const { evidence } = await requestApproval(approvalCall(), ports);
    expect(evidence.timeline).toEqual(timeline);
  });

  it("keeps the steps that the step itself brings along", async () => {
    const timeline = [{ step: "inventory", outcome: "succeeded", at: null }];
    const ports = { ...createWorld().ports, timeline: () => Promise.reject(new Error("asked")) };
    const { evidence } = await requestApproval(approvalCall({ evidence: { timeline } }), ports);
    expect([evidence.timeline, evidence.flags]).toEqual([timeline, []]);
  });

  it("is asked about all the same where the steps so far cannot be read, and says so", async () => {
    const lines: string[] = [];
    const ports = {
      ...createWorld().ports,
      timeline: () => Promise.reject(new Error("no such bucket arn:aws:s3:::secret")),
      writeLine: (line: string) => void lines.push(line),
    };
    const call = approvalCall({ evidence: { flags: ["dear"] } });
    const { status, evidence } = await requestApproval(call, ports);
    expect([status, evidence.timeline]).toEqual(["open", []]);
    expect(evidence.flags.map(({ level }) => level)).toEqual(["warning", "info"]);
    expect(evidence.flags[1]?.text).toContain("could not be read");
    // What went wrong is for those who run it, not for approvers.
    expect(JSON.stringify(evidence)).not.toContain("secret");
    expect(lines.filter((line) => line.includes("no such bucket"))).toHaveLength(1);
  });
});

describe("clearance", () => {
  const given = { a: { b: 1, c: 2 }, list: [{ x: 1, y: 2 }, { x: 3 }] };

  it.each<[string, Record<string, string>, readonly string[] | undefined, Json]>([
    ["of everybody shows all", { "a.b": "pii" }, undefined, given],
    ["that covers a class shows it", { "a.b": "pii" }, ["pii"], given],
    ["of nothing hides it", { "a.b": "pii" }, [], { ...given, a: { b: "[not shown: pii]", c: 2 } }],
    [
      "goes into lists",
      { "list.x": "pii", "list.1": "secret" },
      ["secret"],
      { ...given, list: [{ x: "[not shown: pii]", y: 2 }, { x: "[not shown: pii]" }] },
    ],
    ["hides a part with all that is in it", { a: "pii" }, [], { ...given, a: "[not shown: pii]" }],
    ["passes over what is not there", { "a.b.c.d": "pii", z: "pii" }, [], given],
  ])("%s", (_, classes, clearance, expected) => {
    expect(redactEvidence(given, classes, clearance)).toEqual(expected);
  });
});

describe("an approval that a version before has stored", () => {
  it("is read with what it meant", async () => {
    const { ports } = createWorld();
    const { run, step, id, token, requestedAt } = storedApproval();
    const policy = {
      approval: "a",
      title: "t",
      approvers: [" Ada@example.com"],
      deadline: "3d",
      reasons: ["reject"],
    };
    const data = {
      ...{ id, run: { ...run }, step, iteration: "", status: "open", policy },
      ...{ evidence: { findings: [1] }, requestedAt, deadline: "2026-05-07T10:00:00.000Z" },
      ...{ decision: null, delivered: false, token },
    };
    await ports.records.put({ key: { partition: `approval#${id}`, sort: "approval" }, data });
    expect(await getApproval(id, ports)).toMatchObject({
      approvers: ["ada@example.com"],
      evidence: { more: { findings: [1] } },
      level: 1,
      quorum: 1,
      opensAt: requestedAt,
      policy: { reasons: { approve: "optional", reject: "required", categories: [] } },
    });
  });
});
