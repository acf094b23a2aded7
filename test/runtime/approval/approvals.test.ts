import { describe, expect, it } from "vitest";
import { approvalsOf } from "../../../lib/runtime/approval/approval-store.ts";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import {
  closeApproval,
  closeApprovalsOfRun,
  expireOverdue,
  getApproval,
  listApprovals,
} from "../../../lib/runtime/approval/find-approvals.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import type { Ports, RecordKey } from "../../../lib/runtime/ports.ts";
import { approvalCall, Crash, crashing, createWorld, type World } from "./approval-world.ts";

describe("asking for an approval", () => {
  it("stores the request with its deadline, and keeps the token to itself", async () => {
    const { ports } = createWorld();
    const asked = await requestApproval(approvalCall(), ports);
    expect(asked).toMatchObject({
      status: "open",
      step: "review",
      requestedAt: "2026-05-04T10:00:00.000Z",
      deadline: "2026-05-07T10:00:00.000Z",
      decision: null,
      delivered: false,
    });
    expect(asked.id).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/);
    const shown = [asked, await getApproval(asked.id, ports), await listApprovals({}, ports)];
    expect(JSON.stringify(shown)).not.toContain("token-1");
  });

  it("finds the request that stands when the call is repeated", async () => {
    const { ports } = createWorld();
    const [first, second] = await Promise.all([
      requestApproval(approvalCall(), ports),
      requestApproval(approvalCall(), ports),
    ]);
    expect(second).toEqual(first);
    expect(await requestApproval(approvalCall(), ports)).toEqual(first);
    expect(await listApprovals({}, ports)).toHaveLength(1);
  });

  it.each([
    ["another token (the step is retried)", { token: "token-2" }],
    ["another step", { step: "second" }],
    ["another run", { run: "run-2" }],
  ])("makes another request for %s", async (_, change) => {
    const { ports } = createWorld();
    const first = await requestApproval(approvalCall(), ports);
    const second = await requestApproval(approvalCall(change), ports);
    expect(second.id).not.toBe(first.id);
  });

  it("records the rule's own decision where no person is needed, and answers at once", async () => {
    const { ports, heard } = createWorld();
    const asked = await requestApproval(approvalCall({ required: false }), ports);
    expect(asked).toMatchObject({
      status: "approved",
      delivered: true,
      decision: { verdict: "approved", by: "rule", reason: null },
    });
    expect(heard).toEqual([
      { token: "token-1", output: expect.objectContaining({ approval: asked.id, by: "rule" }) },
    ]);
    await requestApproval(approvalCall({ required: false }), ports);
    expect(heard).toHaveLength(1);
  });

  it("answers by rule exactly once, wherever the process dies in between", async () => {
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at < 8; at += 1) {
        const { ports, heard } = createWorld();
        const call = approvalCall({ required: false });
        await requestApproval(call, crashing(ports, at, when)).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        const after = await requestApproval(call, ports);
        expect([at, when, after.delivered, heard.length]).toEqual([at, when, true, 1]);
      }
    }
  });

  it("keeps large evidence as artifacts, and shows it whole", async () => {
    const { ports } = createWorld();
    const evidence = {
      summary: "short",
      findings: Array.from({ length: 20_000 }, (_, n) => `f${n}`),
    };
    const { id } = await requestApproval(approvalCall({ evidence }), ports);
    const [listed] = await listApprovals({}, ports);
    expect(listed?.evidence.more).toMatchObject({
      summary: "short",
      findings: { $stored: expect.any(String) },
    });
    expect((await getApproval(id, ports)).evidence.more).toEqual(evidence);
  });
});

describe("what leads approvers to an approval", () => {
  it.each(["decided", "closed"])("is removed once when it is %s, in one go", async (how) => {
    const { ports } = createWorld();
    const { id } = await requestApproval(approvalCall(), ports);
    const removed: (readonly RecordKey[])[] = [];
    const deleteAll: Ports["records"]["deleteAll"] = async (keys) => {
      removed.push(keys);
      await ports.records.deleteAll(keys);
    };
    const watched = { ...ports, records: { ...ports.records, deleteAll } };
    if (how === "closed") await closeApproval(id, "cancelled", watched);
    else {
      const by = "ada@example.com";
      const decided = await decide(id, { verdict: "approved", by }, watched);
      expect(decided.delivered).toBe(true);
      await closeApproval(id, "expired", watched);
    }
    const approvers = ["ada", "grace", "requester"].map((name) => `approver#${name}@example.com`);
    expect(removed.map((keys) => keys.map(({ partition }) => partition))).toEqual([approvers]);
  });

  it("goes by itself a week after the longest run, should nobody have removed it", async () => {
    const { ports } = createWorld();
    const { requestedAt } = await requestApproval(approvalCall(), ports);
    const { items } = await ports.records.query({ partition: "approver#ada@example.com" });
    expect(items).toMatchObject([{ expiresAt: Date.parse(requestedAt) / 1000 + 372 * 86_400 }]);
  });
});

describe("finding approvals", () => {
  it("lists the oldest first, by status and by run, page after page", async () => {
    const world = createWorld();
    const { ports } = world;
    for (let n = 0; n < 250; n += 1) {
      world.now = new Date(world.now.getTime() + 1000);
      await requestApproval(approvalCall({ token: `t${n}`, run: `run-${n % 2}` }), ports);
    }
    const all = await listApprovals({}, ports);
    expect(all).toHaveLength(250);
    expect(all.map(({ requestedAt }) => requestedAt)).toEqual(
      all.map(({ requestedAt }) => requestedAt).sort(),
    );
    const [oldest] = all;
    await decide(oldest?.id ?? "", { verdict: "approved", by: "ada@example.com" }, ports);
    expect(await listApprovals({ status: "open" }, ports)).toHaveLength(249);
    expect(await listApprovals({ status: "open", run: "run-0" }, ports)).toHaveLength(124);
    expect(await listApprovals({ run: "run-1" }, ports)).toHaveLength(125);
  });

  it("finds what a person may decide, however the address is written", async () => {
    const { ports } = createWorld();
    const { id } = await requestApproval(approvalCall(), ports);
    expect(await idsOf("  GRACE@example.COM", ports)).toEqual([id]);
    expect(await idsOf("eve@example.com", ports)).toEqual([]);
    await decide(id, { verdict: "approved", by: "ada@example.com" }, ports);
    expect(await idsOf("grace@example.com", ports)).toEqual([]);
  });

  it.each(["nothing", "", "../x", "x".repeat(2000)])(
    "tells that there is no approval %j",
    async (id) => {
      const { ports } = createWorld();
      await expect(getApproval(id, ports)).rejects.toMatchObject({ code: "ApprovalNotFound" });
    },
  );
});

describe("closing approvals", () => {
  it("closes what is open when its run ends, and nothing else", async () => {
    const world = createWorld();
    const { ports } = world;
    const decided = await requestApproval(approvalCall({ token: "a" }), ports);
    await decide(decided.id, { verdict: "approved", by: "ada@example.com" }, ports);
    await requestApproval(approvalCall({ token: "b", policy: { deadline: "1h" } }), ports);
    await requestApproval(approvalCall({ token: "c" }), ports);
    await requestApproval(approvalCall({ token: "d", run: "run-2" }), ports);
    world.now = new Date("2026-05-04T12:00:00.000Z");
    await closeApprovalsOfRun("run-1", ports);
    const statuses = (await listApprovals({ run: "run-1" }, ports)).map(({ status }) => status);
    expect(statuses.sort()).toEqual(["approved", "cancelled", "expired"]);
    expect(await listApprovals({ status: "open" }, ports)).toHaveLength(1);
  });

  it("keeps the decision on record when it turns out to have come too late", async () => {
    const { ports } = createWorld();
    const { id } = await requestApproval(approvalCall(), ports);
    await decide(id, { verdict: "approved", by: "ada@example.com" }, ports);
    await closeApproval(id, "expired", ports);
    expect(await getApproval(id, ports)).toMatchObject({
      status: "expired",
      decision: { by: "ada@example.com" },
    });
  });

  it("expires what is overdue, and leaves what a run may be about to expire itself", async () => {
    const world = createWorld();
    await requestApproval(approvalCall({ token: "a", policy: { deadline: "1h" } }), world.ports);
    await requestApproval(approvalCall({ token: "b", policy: { deadline: "2h" } }), world.ports);
    world.now = new Date("2026-05-04T11:00:30.000Z");
    expect(await expiredCount(world)).toBe(0);
    world.now = new Date("2026-05-04T11:02:00.000Z");
    expect(await expiredCount(world)).toBe(1);
  });
});

async function idsOf(approver: string, ports: World["ports"]): Promise<string[]> {
  const ids: string[] = [];
  for await (const { approval } of approvalsOf(approver, ports)) ids.push(approval.id);
  return ids;
}

async function expiredCount({ ports }: World): Promise<number> {
  await expireOverdue(ports);
  return (await listApprovals({ status: "expired" }, ports)).length;
}
