import { describe, expect, it } from "vitest";
import { type DecisionRequest, decide, MAX_REASON } from "../../../lib/runtime/approval/decide.ts";
import { deliverPending } from "../../../lib/runtime/approval/deliver.ts";
import { closeApproval, getApproval } from "../../../lib/runtime/approval/find-approvals.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { RequestError } from "../../../lib/runtime/errors.ts";
import { approvalCall, Crash, crashing, createWorld } from "./approval-world.ts";

const ADA: DecisionRequest = { verdict: "approved", by: "ada@example.com" };
const NO: DecisionRequest = { verdict: "rejected", by: "grace@example.com", reason: "too risky" };

async function opened(policy: Parameters<typeof approvalCall>[0] = {}) {
  const world = createWorld();
  const { id } = await requestApproval(approvalCall(policy), world.ports);
  return { ...world, world, id };
}

describe("deciding", () => {
  it("tells the run who approved, when and why", async () => {
    const { ports, heard, id } = await opened();
    const decided = await decide(id, { ...ADA, reason: "  fine " }, ports);
    expect(decided).toMatchObject({
      status: "approved",
      delivered: true,
      decision: { verdict: "approved", by: "ada@example.com", reason: "fine" },
    });
    expect(heard).toEqual([
      {
        token: "token-1",
        output: {
          approval: id,
          verdict: "approved",
          by: "ada@example.com",
          at: "2026-05-04T10:00:00.000Z",
          reason: "fine",
          category: null,
        },
      },
    ]);
  });

  it("fails the task with Approval.Rejected, by whom and why in the cause", async () => {
    const { ports, heard, id } = await opened();
    await decide(id, NO, ports);
    expect(heard).toMatchObject([{ error: "Approval.Rejected" }]);
    expect(JSON.parse(heard[0]?.cause ?? "")).toMatchObject({
      by: "grace@example.com",
      reason: "too risky",
    });
  });

  it("takes ids and addresses as people type them", async () => {
    const { ports, id } = await opened();
    const decided = await decide(
      ` ${id.toUpperCase()} `,
      { ...ADA, by: " ADA@Example.com " },
      ports,
    );
    expect(decided.decision?.by).toBe("ada@example.com");
  });

  it("lets anybody decide where the approvers are *", async () => {
    const { ports, id } = await opened({ policy: { approvers: ["*"] } });
    expect((await decide(id, { ...ADA, by: "eve@example.com" }, ports)).status).toBe("approved");
  });

  it.each<[string, DecisionRequest, string, RegExp]>([
    [
      "somebody else",
      { ...ADA, by: "eve@example.com" },
      "ApproverNotAllowed",
      /eve@example.com is not among/,
    ],
    [
      "the requester, under four eyes",
      { ...ADA, by: "REQUESTER@example.com " },
      "ApproverNotAllowed",
      /asked for the run run-1/,
    ],
    ["a rejection without a reason", { ...NO, reason: "  " }, "ReasonRequired", /exception/],
    ["nobody", { ...ADA, by: "  " }, "NameInvalid", /address/],
    ["somebody who calls himself the rule", { ...ADA, by: "Rule" }, "NameInvalid", /rule/],
    ["the star itself", { ...ADA, by: "*" }, "NameInvalid", /address/],
    [
      "a reason of a whole book",
      { ...ADA, reason: "x".repeat(MAX_REASON + 1) },
      "InputInvalid",
      /4001/,
    ],
  ])("refuses %s, and stays open", async (_, request, code, message) => {
    const { ports, id, heard } = await opened();
    const error = await decide(id, request, ports).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((await getApproval(id, ports)).status).toBe("open");
    expect(heard).toEqual([]);
  });

  it("lets the requester decide where the policy does not ask for four eyes", async () => {
    const { ports, id } = await opened({ policy: { fourEyes: false } });
    const decided = await decide(id, { ...ADA, by: "requester@example.com" }, ports);
    expect(decided.status).toBe("approved");
  });

  it("tells whoever comes second who decided and when", async () => {
    const { ports, id, heard, world } = await opened();
    await decide(id, ADA, ports);
    world.now = new Date("2026-05-05T00:00:00.000Z");
    await expect(decide(id, NO, ports)).rejects.toMatchObject({
      code: "ApprovalDecided",
      message: expect.stringContaining("approved, by ada@example.com at 2026-05-04T10:00:00.000Z"),
    });
    expect(heard).toHaveLength(1);
  });

  it("refuses a decision at or after the deadline", async () => {
    const { ports, id, world } = await opened();
    world.now = new Date("2026-05-07T10:00:00.000Z");
    await expect(decide(id, ADA, ports)).rejects.toMatchObject({
      code: "ApprovalClosed",
      message: expect.stringContaining("its deadline was 2026-05-07T10:00:00.000Z"),
    });
  });

  it("refuses what was closed because the run went on", async () => {
    const { ports, id } = await opened();
    await closeApproval(id, "cancelled", ports);
    await expect(decide(id, ADA, ports)).rejects.toMatchObject({ code: "ApprovalClosed" });
  });

  it("lets one of a hundred win, and tells the rest who it was", async () => {
    const { ports, id, heard } = await opened({ policy: { approvers: ["*"] } });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, n) =>
        decide(
          id,
          { verdict: n % 2 ? "approved" : "rejected", by: `p${n}@example.com`, reason: "r" },
          ports,
        ),
      ),
    );
    const winners = results.filter(({ status }) => status === "fulfilled");
    expect(winners).toHaveLength(1);
    const { decision } = await getApproval(id, ports);
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      expect(result.reason).toMatchObject({
        code: "ApprovalDecided",
        message: expect.stringContaining(`by ${decision?.by} at`),
      });
    }
    expect(heard).toHaveLength(1);
  });

  it("tells whoever won the write, but lost to the timeout, that it has no effect", async () => {
    const { ports, id, gone } = await opened();
    gone.add("token-1");
    await expect(decide(id, ADA, ports)).rejects.toMatchObject({
      code: "ApprovalClosed",
      message: expect.stringContaining("on record, without effect"),
    });
    expect(await getApproval(id, ports)).toMatchObject({
      status: "cancelled",
      decision: { by: "ada@example.com" },
    });
  });
});

describe("delivering", () => {
  it("tells the run exactly once, wherever the process dies", async () => {
    let told = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= 8; at += 1) {
        const { ports, heard, id } = await opened();
        const outcome = await decide(id, ADA, crashing(ports, at, when)).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        await deliverPending(ports);
        const stands = await getApproval(id, ports);
        const expected = stands.decision ? 1 : 0;
        expect([when, at, heard.length, stands.delivered]).toEqual([
          when,
          at,
          expected,
          expected === 1,
        ]);
        // What was acknowledged is never lost.
        if (outcome) expect(stands.decision).not.toBeNull();
        // And a decision that was not stored can be taken again.
        if (!stands.decision) await decide(id, ADA, ports);
        await deliverPending(ports);
        expect(heard).toHaveLength(1);
        told += heard.length;
      }
    }
    expect(told).toBe(16);
  });

  it("keeps a decision that could not be told for now, and says so", async () => {
    const { ports, heard, id } = await opened();
    const deaf = {
      ...ports,
      tokens: {
        ...ports.tokens,
        succeed: async () => {
          throw new Error("throttled");
        },
      },
    };
    expect(await decide(id, ADA, deaf)).toMatchObject({ status: "approved", delivered: false });
    await expect(deliverPending(deaf)).rejects.toThrow("throttled");
    expect(await deliverPending(ports)).toBe(1);
    expect(heard).toHaveLength(1);
    expect(await deliverPending(ports)).toBe(0);
  });

  it("leaves young decisions to whoever takes them", async () => {
    const { ports, id, world } = await opened();
    const deaf = {
      ...ports,
      tokens: { ...ports.tokens, succeed: () => Promise.reject(new Error()) },
    };
    await decide(id, ADA, deaf);
    expect(await deliverPending(ports, 60_000)).toBe(0);
    world.now = new Date(world.now.getTime() + 61_000);
    expect(await deliverPending(ports, 60_000)).toBe(1);
  });
});
