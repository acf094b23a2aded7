import { describe, expect, it } from "vitest";
import { decisionMetrics, queueMetric } from "../../../lib/runtime/approval/approval-metrics.ts";
import { approvalStats } from "../../../lib/runtime/approval/approval-stats.ts";
import { addApproval } from "../../../lib/runtime/approval/approval-store.ts";
import { verifyRuns } from "../../../lib/runtime/approval/audit-of-runs.ts";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import { expireOverdue, listApprovals } from "../../../lib/runtime/approval/find-approvals.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { sweepApprovals } from "../../../lib/runtime/approval/sweep-approvals.ts";
import { approvalCall, createWorld, storedApproval } from "./approval-world.ts";

const MINUTE = 60_000;

async function busyWorld() {
  const world = createWorld();
  const { ports } = world;
  const start = world.now.getTime();
  const ask = (n: number, policy = {}) =>
    requestApproval(
      approvalCall({
        run: `run-${n}`,
        token: `token-${n}`,
        evidence: { proposal: { a: 1 } },
        policy: { edit: ["*"], reasons: { categories: ["licence"] }, ...policy },
      }),
      ports,
    );
  const asked = [];
  for (let n = 0; n < 6; n += 1) asked.push(await ask(n));
  await requestApproval(approvalCall({ run: "rule", token: "rule", required: false }), ports);
  const [first, second, third, fourth] = asked.map(({ id }) => id);
  const by = "ada@example.com";
  world.now = new Date(start + MINUTE);
  await decide(first ?? "", { verdict: "approved", by }, ports);
  world.now = new Date(start + 2 * MINUTE);
  await decide(
    second ?? "",
    { verdict: "approved", by, edited: { a: 2 }, reason: "too much" },
    ports,
  );
  world.now = new Date(start + 10 * MINUTE);
  const no = { verdict: "rejected", by, reason: "no GPL", category: "licence" } as const;
  await decide(third ?? "", no, ports);
  await decide(fourth ?? "", no, ports);
  return { world, ports };
}

describe("statistics", () => {
  it("count what became of requests, and how long people took", async () => {
    const { world, ports } = await busyWorld();
    world.now = new Date("2026-05-07T10:00:00.000Z");
    expect(await approvalStats({}, ports)).toEqual({
      requested: 7,
      open: 2,
      overdue: 2,
      approved: 3,
      rejected: 2,
      byRule: 1,
      expired: 0,
      cancelled: 0,
      escalated: 0,
      delegated: 0,
      edited: 1,
      reachedNobody: 0,
      // Nobody had opened a page: whoever decides has looked at it then.
      timeToFirstOpen: { p50: 120, p95: 600, count: 4 },
      timeToDecide: { p50: 120, p95: 600, count: 4 },
      overrides: [
        { reason: "licence", count: 2 },
        { reason: "too much", count: 1 },
      ],
    });
    expect(await listApprovals({ overdue: true }, ports)).toHaveLength(2);
    await expireOverdue(ports, 0);
    expect(await approvalStats({}, ports)).toMatchObject({ open: 0, expired: 2 });
  });

  it("look only at requests of their period, and at what is open whenever it was made", async () => {
    const { ports } = await busyWorld();
    const stats = await approvalStats({ from: "2026-05-05" }, ports);
    expect(stats).toMatchObject({ requested: 0, approved: 0, open: 2, timeToDecide: null });
    expect(await approvalStats({ to: "2026-05-05" }, ports)).toMatchObject({ requested: 7 });
  });

  it("know of requests that reached nobody", async () => {
    const { ports } = createWorld();
    await addApproval(storedApproval({ reached: { people: 0, nobody: 2 } }), ports);
    expect(await approvalStats({}, ports)).toMatchObject({ reachedNobody: 1 });
  });
});

describe("metrics", () => {
  it("say how long a decision took, by environment", () => {
    const at = "2026-05-04T10:05:00.000Z";
    const decision = {
      verdict: "approved",
      by: "ada@example.com",
      at,
      reason: null,
      category: null,
      edited: null,
    } as const;
    const openedAt = "2026-05-04T10:01:00.000Z";
    const [line = "{}", ...others] = decisionMetrics(
      storedApproval({ decision, openedAt }),
      new Date(at),
    );
    expect(others).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      ApprovalTimeToDecide: 300_000,
      ApprovalTimeToFirstOpen: 60_000,
      environment: "local",
      _aws: { CloudWatchMetrics: [{ Namespace: "Espalier", Dimensions: [["environment"]] }] },
    });
    expect(
      decisionMetrics(storedApproval({ decision: { ...decision, by: "rule" } }), new Date(at)),
    ).toEqual([]);
  });

  it("say by category what people rejected or changed", async () => {
    const world = createWorld();
    const lines: string[] = [];
    const ports = { ...world.ports, writeLine: (line: string) => lines.push(line) };
    const policy = {
      edit: ["note"],
      reasons: { approve: "optional", reject: "required", categories: ["licence", "risk"] },
    };
    const evidence = { proposal: { note: "a" } };
    const decided = [
      { verdict: "rejected", category: "licence", reason: "no" },
      { verdict: "approved", category: "risk", reason: "less", edited: { note: "b" } },
      { verdict: "approved", edited: { note: "c" } },
      { verdict: "approved" },
    ] as const;
    for (const [index, decision] of decided.entries()) {
      const change = { run: `run-${index}`, token: `token-${index}`, policy, evidence };
      const { id } = await requestApproval(approvalCall(change), ports);
      await decide(id, { ...decision, by: "ada@example.com" }, ports);
    }
    const written = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const overridden = written.filter((line) => "ApprovalsOverridden" in line);
    expect(overridden.map(({ category }) => category)).toEqual(["licence", "risk", "(none)"]);
    expect(overridden[0]).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Dimensions: [["environment", "category"]] }] },
    });
    const { overrides } = await approvalStats({}, ports);
    expect(overrides.map(({ reason }) => reason)).toEqual(["(none)", "licence", "risk"]);
  });

  it("are written when people decide, and when nobody does", async () => {
    const world = createWorld();
    const lines: string[] = [];
    const ports = { ...world.ports, writeLine: (line: string) => lines.push(line) };
    const { id } = await requestApproval(approvalCall(), ports);
    await decide(id, { verdict: "approved", by: "ada@example.com" }, ports);
    await requestApproval(approvalCall({ run: "run-2", token: "token-2" }), ports);
    world.now = new Date("2026-05-08T10:00:00.000Z");
    await sweepApprovals(ports);
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
      "ApprovalTimeToDecide",
      "ApprovalsExpired",
    ]);
    expect(JSON.parse(queueMetric({ open: 3, overdue: 1 }, "prod", world.now))).toMatchObject({
      ApprovalQueueDepth: 3,
      ApprovalsOverdue: 1,
      environment: "prod",
    });
  });
});

describe("verifying", () => {
  const streamOf = (run: string) => `audit#run/${run}`;

  it("finds every run, and nothing in what nobody has touched", async () => {
    const { ports } = await busyWorld();
    const verdicts = await verifyRuns(undefined, ports);
    expect(verdicts.map(({ stream }) => stream)).toEqual([
      "run/rule",
      ...[0, 1, 2, 3, 4, 5].map((n) => `run/run-${n}`),
      "switch",
    ]);
    expect(verdicts.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it("finds an entry that says something else, and one that is gone", async () => {
    const { ports } = await busyWorld();
    const key = { partition: streamOf("run-0"), sort: "000000000002" };
    const item = await ports.records.get(key);
    await ports.records.put({ key, data: { ...item?.data, actor: "eve@example.com" } });
    await ports.records.delete({ partition: streamOf("run-1"), sort: "000000000001" });
    const verdicts = await verifyRuns(undefined, ports);
    const problems = verdicts.flatMap((verdict) =>
      verdict.problems.map(({ kind }) => `${verdict.stream} ${kind}`),
    );
    expect(problems).toEqual(["run/run-0 changed", "run/run-1 removed"]);
  });

  it("misses a stream that was removed with its head", async () => {
    const { ports } = await busyWorld();
    for (const sort of ["000000000001", "000000000002", "000000000003"]) {
      await ports.records.delete({ partition: streamOf("run-2"), sort });
    }
    await ports.records.delete({ partition: "audit-head#run/run-2", sort: "head" });
    expect((await verifyRuns("run-2", ports))[0]?.problems).toMatchObject([
      { kind: "removed", message: expect.stringContaining("says nothing of the approval") },
    ]);
  });
});
