import { describe, expect, it } from "vitest";
import { ApprovalPolicy } from "../../../lib/manifest/approval-policy.ts";
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
import type { Message, Messenger } from "../../../lib/runtime/approval/notifier.ts";
import {
  type ApprovalPorts,
  requestApproval,
} from "../../../lib/runtime/approval/request-approval.ts";
import { stagesOf } from "../../../lib/runtime/approval/stages.ts";
import { readAudit } from "../../../lib/runtime/audit.ts";
import type { ApprovalCall } from "../../../lib/runtime/call.ts";
import { TokenGone } from "../../../lib/runtime/errors.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { approvalCall, Crash, crashing, createWorld, type World } from "./approval-world.ts";

/** Level 1 for 8 h with a reminder 2 h before, then level 2 for 4 h. */
const POLICY = {
  approvers: ["ada@example.com"],
  deadline: "8h",
  reminders: ["2h"],
  escalation: [{ approvers: ["head@example.com"], within: "90m" }],
};
const HOUR = 3_600_000;

function stageCall(
  stage: number,
  change: Partial<ApprovalCall> = {},
  policy: Json = {},
): ApprovalCall {
  const base = approvalCall({ policy: { ...POLICY, ...(policy as object) } });
  const seconds = stagesOf(ApprovalPolicy.parse(base.policy))[stage]?.seconds ?? null;
  return { ...base, key: "", stage, seconds, token: `token-${stage}`, ...change };
}

/** The machine's clock goes on, and the token that waited is gone. */
function timeOut(world: World, token: string, hours: number): void {
  world.now = new Date(world.now.getTime() + hours * HOUR);
  world.gone.add(token);
}

function withTokens(world: World): ApprovalPorts {
  return {
    ...world.ports,
    tokens: {
      ...world.ports.tokens,
      heartbeat: async (token) => {
        if (world.gone.has(token)) throw new TokenGone("the task has ended");
      },
    },
  };
}

async function events(world: World): Promise<string[]> {
  const { entries } = await readAudit("run/run-1", world.ports, { limit: 1000 });
  return entries.map(({ event }) => event.replace("approval.", ""));
}

const yes = { verdict: "approved", by: "ada@example.com" } as const;

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

  it("asks whom the evidence names, and nobody by a trick in it", async () => {
    const policy = { approvers: [{ from: "request.owner" }, { from: "others" }] };
    const ask = (evidence: Json) =>
      requestApproval(stageCall(0, { evidence }, policy), createWorld().ports);
    expect(
      (
        await ask({
          request: { owner: "Ann@Example.com" },
          others: ["b@example.com", "*", "rule", 3],
        })
      ).approvers,
    ).toEqual(["ann@example.com", "b@example.com"]);
    for (const owner of ["*", "rule", "", null, { a: 1 }, ["*"]]) {
      await expect(ask({ request: { owner } })).rejects.toMatchObject({
        name: "Contract.InputInvalid",
        message: expect.stringContaining("whom request.owner names"),
      });
    }
  });

  it("fails where a group was never resolved", async () => {
    const call = stageCall(0, {}, { approvers: [{ group: "legal" }] });
    await expect(requestApproval(call, createWorld().ports)).rejects.toMatchObject({
      name: "Contract.InputInvalid",
    });
  });

  it("shows approvers what they are cleared for, and binds to all of it", async () => {
    const { ports } = createWorld();
    const evidence = {
      proposal: { amount: 5, customer: { email: "c@example.com", name: "C" } },
      people: [{ ssn: "1" }, { ssn: "2" }],
    };
    const classes = { "proposal.customer.email": "pii", "people.ssn": "secret" };
    const open = await requestApproval(stageCall(0, { evidence, classes }), ports);
    const shut = await requestApproval(
      stageCall(0, { evidence, classes, key: "k" }, { clearance: ["pii"] }),
      ports,
    );
    expect(open.evidence).toMatchObject({
      proposal: evidence.proposal,
      more: { people: evidence.people },
    });
    expect(shut.evidence).toMatchObject({
      proposal: evidence.proposal,
      more: { people: [{ ssn: "[not shown: secret]" }, { ssn: "[not shown: secret]" }] },
    });
    expect(shut.evidenceDigest).toBe(open.evidenceDigest);
    expect(await ports.artifacts.stat(open.evidenceDigest)).toBeDefined();
  });
});

describe("telling people", () => {
  function messenger(fails: readonly string[] = []): Messenger & { readonly told: string[] } {
    const told: string[] = [];
    return {
      told,
      async tell(kind: Message["kind"], _approval, to) {
        return to.map((one) => {
          told.push(`${kind} ${one}`);
          const failed = fails.includes(one);
          return {
            to: one,
            channel: failed ? null : "email",
            reference: failed ? null : "m-1",
            failures: failed ? [{ channel: "email", message: "no such mailbox" }] : [],
          };
        });
      },
    };
  }

  it("happens once a stage, and for everybody at the end", async () => {
    const world = createWorld();
    const post = messenger();
    const ports = { ...withTokens(world), messenger: post };
    const { id, reached } = await requestApproval(stageCall(0), ports);
    expect(reached).toEqual({ people: 1, nobody: 0 });
    await requestApproval(stageCall(0), ports);
    world.gone.add("token-0");
    await requestApproval(stageCall(1), ports);
    world.gone.add("token-1");
    await requestApproval(stageCall(2), ports);
    await decide(id, { ...yes, by: "head@example.com" }, ports);
    expect(post.told).toEqual([
      "request ada@example.com",
      "reminder ada@example.com",
      "escalation head@example.com",
      "decided ada@example.com",
      "decided head@example.com",
    ]);
    expect((await events(world)).filter((one) => one === "notified")).toHaveLength(3);
  });

  it("that fails leaves the request open, with nobody reached", async () => {
    const world = createWorld();
    const ports = { ...withTokens(world), messenger: messenger(["ada@example.com"]) };
    expect(await requestApproval(stageCall(0), ports)).toMatchObject({
      status: "open",
      reached: { people: 0, nobody: 1 },
    });
    const thrown: Messenger = { tell: () => Promise.reject(new Error("mail is down")) };
    const other = { ...withTokens(createWorld()), messenger: thrown };
    expect(await requestApproval(stageCall(0), other)).toMatchObject({
      status: "open",
      reached: { people: 0, nobody: 1 },
    });
  });
});

describe("crashes", () => {
  it("at any call leave a decision that is delivered once, in whatever stage", async () => {
    for (const stage of [0, 1, 2]) {
      const by = stage === 2 ? "head@example.com" : "ada@example.com";
      let died = 0;
      for (const when of ["before", "after"] as const) {
        for (let at = 1; ; at += 1) {
          const world = createWorld();
          const ports = withTokens(world);
          const { id } = await requestApproval(stageCall(stage), ports);
          let crashed = false;
          const outcome = await decide(id, { ...yes, by }, crashing(ports, at, when)).catch(
            (error: unknown) => {
              if (!(error instanceof Crash)) throw error;
              crashed = true;
            },
          );
          if (!crashed && outcome?.delivered) break;
          died += 1;
          await deliverPending(ports);
          const stands = await getApproval(id, ports);
          if (!stands.decision) await decide(id, { ...yes, by }, ports);
          await deliverPending(ports);
          expect([stage, when, at, world.heard.length]).toEqual([stage, when, at, 1]);
          expect((await getApproval(id, ports)).delivered).toBe(true);
          const told = await events(world);
          for (const once of ["requested", "decided", "delivered"]) {
            expect([at, once, told.filter((one) => one === once).length]).toEqual([at, once, 1]);
          }
        }
      }
      expect(died).toBeGreaterThan(10);
    }
  });

  it("at any call of a stage leave a request that the next attempt completes", async () => {
    for (const when of ["before", "after"] as const) {
      let at = 0;
      for (let crashed = true; crashed; ) {
        at += 1;
        crashed = false;
        const world = createWorld();
        const ports = withTokens(world);
        const { id } = await requestApproval(stageCall(0), ports);
        timeOut(world, "token-0", 8);
        await requestApproval(stageCall(2), crashing(ports, at, when)).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });
        world.gone.add("token-2");
        const step = { id: "review", iteration: "", attempt: 1 };
        await requestApproval(stageCall(2, { token: "token-2b", step }), ports);
        await decide(id, { ...yes, by: "head@example.com" }, ports);
        expect(world.heard).toMatchObject([{ token: "token-2b" }]);
        const told = await events(world);
        expect([when, at, told.filter((one) => one === "escalated").length]).toEqual([when, at, 1]);
      }
      expect(at).toBeGreaterThan(4);
    }
  });

  it("of a stage's call and a decision at once lose neither", async () => {
    for (let round = 0; round < 20; round += 1) {
      const world = createWorld();
      const ports = withTokens(world);
      const { id } = await requestApproval(stageCall(0), ports);
      timeOut(world, "token-0", 6);
      const [decided] = await Promise.all([
        decide(id, yes, ports),
        requestApproval(stageCall(1), ports),
      ]);
      expect(decided.status).toBe("approved");
      expect(world.heard).toMatchObject([{ token: "token-1" }]);
      expect((await getApproval(id, ports)).delivered).toBe(true);
    }
  });
});
