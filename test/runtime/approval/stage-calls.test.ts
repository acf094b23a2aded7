/** A request over the stages of its policy: each is a call of its own, with a token of its own. */
import { describe, expect, it } from "vitest";
import { approvalId } from "../../../lib/runtime/approval/approval-id.ts";
import { approvalsOf } from "../../../lib/runtime/approval/approval-store.ts";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import { delegate } from "../../../lib/runtime/approval/delegate.ts";
import { deliverPending } from "../../../lib/runtime/approval/deliver.ts";
import {
  closeAbandoned,
  closeTimedOut,
  expireOverdue,
  getApproval,
  listApprovals,
} from "../../../lib/runtime/approval/find-approvals.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { createWorld } from "./approval-world.ts";
import { events, HOUR, stageCall, timeOut, withTokens, yes } from "./stage-world.ts";

describe("a request", () => {
  it("is the same for every stage, retry and token, and another for each tool call", () => {
    const id = approvalId(stageCall(0));
    expect(approvalId(stageCall(1, { token: "other" }))).toBe(id);
    expect(approvalId(stageCall(0, { step: { id: "review", iteration: "", attempt: 4 } }))).toBe(
      id,
    );
    const others = [
      stageCall(0, { key: "tool-1" }),
      stageCall(0, { step: { id: "review", iteration: "1", attempt: 0 } }),
      stageCall(0, { step: { id: "second", iteration: "", attempt: 0 } }),
      stageCall(0, { run: { ...stageCall(0).run, id: "run-2" } }),
      stageCall(0, { run: { ...stageCall(0).run, startedAt: "2026-05-05T00:00:00.000Z" } }),
    ];
    expect(new Set([id, ...others.map(approvalId)]).size).toBe(6);
  });

  it("goes from stage to stage: token, level, approvers and deadline follow", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const first = await requestApproval(stageCall(0), ports);
    expect(first).toMatchObject({
      level: 1,
      levels: 2,
      deadline: "2026-05-04T18:00:00.000Z",
      approvers: ["ada@example.com"],
    });
    timeOut(world, "token-0", 6);
    const reminded = await requestApproval(stageCall(1), ports);
    expect(reminded).toMatchObject({ id: first.id, level: 1, deadline: first.deadline });
    timeOut(world, "token-1", 2);
    const escalated = await requestApproval(stageCall(2), ports);
    expect(escalated).toMatchObject({
      id: first.id,
      level: 2,
      approvers: ["head@example.com"],
      deadline: "2026-05-04T19:30:00.000Z",
    });
    await expect(decide(first.id, yes, ports)).rejects.toMatchObject({
      code: "ApproverNotAllowed",
    });
    const mine = [];
    for await (const { approval } of approvalsOf("ada@example.com", ports)) mine.push(approval.id);
    expect(mine).toEqual([]);
    expect(await listApprovals({ approver: "head@example.com", level: 2 }, ports)).toHaveLength(1);
    await decide(first.id, { ...yes, by: "head@example.com" }, ports);
    expect(world.heard).toMatchObject([{ token: "token-2" }]);
    expect(await events(world)).toEqual([
      "requested",
      "reminded",
      "escalated",
      "refused",
      "decided",
      "delivered",
    ]);
  });

  it("keeps votes and delegations over levels", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const policy = {
      quorum: 2,
      delegation: true,
      reminders: [],
      approvers: ["ada@example.com", "grace@example.com"],
      escalation: [{ approvers: ["grace@example.com", "head@example.com"], within: "1h" }],
    };
    const { id } = await requestApproval(stageCall(0, {}, policy), ports);
    await decide(id, yes, ports);
    await delegate(id, { by: "grace@example.com", to: "eve@example.com" }, ports);
    timeOut(world, "token-0", 8);
    const escalated = await requestApproval(stageCall(1, {}, policy), ports);
    expect(escalated.approvers).toEqual(["eve@example.com", "head@example.com"]);
    expect(await decide(id, { ...yes, by: "eve@example.com" }, ports)).toMatchObject({
      status: "approved",
    });
  });

  it("takes a decision between two stages, which the next one delivers", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const { id } = await requestApproval(stageCall(0), ports);
    timeOut(world, "token-0", 6);
    expect(await decide(id, yes, ports)).toMatchObject({ status: "approved", delivered: false });
    // Neither who looks after lost answers nor who closes what is left takes it for over.
    await deliverPending(ports);
    await closeAbandoned("run-1", ports);
    expect(await getApproval(id, ports)).toMatchObject({ status: "approved", delivered: false });
    const next = await requestApproval(stageCall(1), ports);
    expect(next).toMatchObject({ status: "approved", delivered: true });
    expect(world.heard).toMatchObject([{ token: "token-1", output: { by: "ada@example.com" } }]);
  });

  it("is not held for over between two stages, and is after the last", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const { id } = await requestApproval(stageCall(0), ports);
    timeOut(world, "token-0", 6);
    await closeTimedOut(id, "token-0", ports);
    await expireOverdue(ports);
    expect((await getApproval(id, ports)).status).toBe("open");
    await requestApproval(stageCall(2), ports);
    timeOut(world, "token-2", 1.5);
    await closeTimedOut(id, "token-2", ports);
    expect((await getApproval(id, ports)).status).toBe("expired");
    expect((await events(world)).at(-1)).toBe("expired");
  });

  it("is closed when its run went another way in the middle of a stage", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const { id } = await requestApproval(stageCall(0), ports);
    timeOut(world, "token-0", 1);
    await closeAbandoned("run-1", ports);
    expect((await getApproval(id, ports)).status).toBe("cancelled");
  });

  it("ignores a call that comes after a later one, unless the later one no longer waits", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const { id } = await requestApproval(stageCall(0), ports);
    world.gone.add("token-0");
    await requestApproval(stageCall(2), ports);
    await requestApproval(stageCall(1), ports);
    expect(await getApproval(id, ports)).toMatchObject({ stage: 2, level: 2 });
    // A run that was redriven begins again.
    world.gone.add("token-2");
    const again = stageCall(0, { token: "token-again" });
    expect(await requestApproval(again, ports)).toMatchObject({ id, stage: 0, level: 1 });
  });

  it("is asked anew for a run that was redriven after it had expired", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const { id } = await requestApproval(stageCall(2), ports);
    timeOut(world, "token-2", 2);
    await closeTimedOut(id, "token-2", ports);
    const again = await requestApproval(stageCall(0, { token: "token-again" }), ports);
    expect(again).toMatchObject({ status: "open", votes: [], decision: null, level: 1 });
    expect(again.id).not.toBe(id);
    await decide(again.id, yes, ports);
    expect(world.heard).toMatchObject([{ token: "token-again" }]);
  });

  it("is asked anew for a run that is redriven, and the first one stays on record", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const { id } = await requestApproval(stageCall(0), ports);
    await decide(id, { ...yes, verdict: "rejected", reason: "no" }, ports);
    const second = await requestApproval(stageCall(0, { token: "token-again" }), ports);
    expect(second).toMatchObject({ status: "open", votes: [] });
    await decide(second.id, yes, ports);
    expect(world.heard).toMatchObject([
      { token: "token-0", error: "Approval.Rejected" },
      { token: "token-again", output: { verdict: "approved" } },
    ]);
    const all = await listApprovals({ run: "run-1" }, ports);
    expect(all.map(({ status }) => status).sort()).toEqual(["approved", "rejected"]);
  });

  it("has no deadline in its last stage where the policy queues", async () => {
    const world = createWorld();
    const ports = withTokens(world);
    const policy = { escalation: [], reminders: [], onExpiry: "queue" };
    const { id } = await requestApproval(stageCall(0, {}, policy), ports);
    timeOut(world, "token-0", 8);
    const queued = await requestApproval(stageCall(1, {}, policy), ports);
    expect(queued).toMatchObject({ id, deadline: null, approvers: ["ada@example.com"] });
    world.now = new Date(world.now.getTime() + 200 * 24 * HOUR);
    await expireOverdue(ports);
    expect(await decide(id, yes, ports)).toMatchObject({ status: "approved", delivered: true });
  });
});
