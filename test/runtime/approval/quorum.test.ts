import { describe, expect, it } from "vitest";
import { type DecisionRequest, decide } from "../../../lib/runtime/approval/decide.ts";
import { delegate, MAX_DELEGATIONS } from "../../../lib/runtime/approval/delegate.ts";
import { getApproval } from "../../../lib/runtime/approval/find-approvals.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { readAudit } from "../../../lib/runtime/audit.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { verifyAudit } from "../../../lib/runtime/verify-audit.ts";
import { approvalCall, createWorld, type World } from "./approval-world.ts";

const yes = (by: string): DecisionRequest => ({ verdict: "approved", by });
const PEOPLE = ["ada@example.com", "grace@example.com", "joan@example.com"];

async function opened(policy: { readonly [key: string]: Json } = {}, evidence?: Json) {
  const world = createWorld();
  const call = approvalCall({
    policy: { approvers: PEOPLE, ...policy },
    ...(evidence !== undefined && { evidence }),
  });
  const approval = await requestApproval(call, world.ports);
  return { world, ports: world.ports, id: approval.id, approval };
}

async function events(world: World, run = "run-1"): Promise<string[]> {
  const { entries } = await readAudit(`run/${run}`, world.ports, { limit: 1000 });
  return entries.map(({ actor, event, data }) => {
    const why = typeof data.why === "string" ? ` ${data.why}` : "";
    return `${event.replace("approval.", "")} ${actor}${why}`;
  });
}

describe("a quorum", () => {
  it("waits for so many different people, and tells the run once", async () => {
    const { world, ports, id } = await opened({ quorum: 2 });
    expect(await decide(id, yes("ada@example.com"), ports)).toMatchObject({
      status: "open",
      decision: null,
      votes: [{ by: "ada@example.com" }],
    });
    expect(world.heard).toEqual([]);
    await expect(decide(id, yes(" ADA@example.com"), ports)).rejects.toMatchObject({
      code: "ApproverNotAllowed",
      message: expect.stringContaining("has approved"),
    });
    expect(await decide(id, yes("joan@example.com"), ports)).toMatchObject({
      status: "approved",
      delivered: true,
      decision: { by: "joan@example.com" },
    });
    expect(world.heard).toHaveLength(1);
    expect(await events(world)).toEqual([
      "requested Requester@Example.com",
      "voted ada@example.com",
      "refused ADA@example.com ApproverNotAllowed",
      "decided joan@example.com",
      "delivered espalier",
    ]);
    expect((await verifyAudit("run/run-1", ports)).problems).toEqual([]);
  });

  it("is over with the first rejection", async () => {
    const { world, ports, id } = await opened({ quorum: 3 });
    await decide(id, yes("ada@example.com"), ports);
    const no = { verdict: "rejected", by: "grace@example.com", reason: "no" } as const;
    expect(await decide(id, no, ports)).toMatchObject({ status: "rejected" });
    expect(world.heard).toMatchObject([{ error: "Approval.Rejected" }]);
    await expect(decide(id, yes("joan@example.com"), ports)).rejects.toMatchObject({
      code: "ApprovalDecided",
    });
  });

  it.each([1, 2, 3])(
    "of %d counts exactly so many of a hundred at once",
    async (quorum) => {
      const { world, ports, id } = await opened({ quorum, approvers: ["*"] });
      const results = await Promise.allSettled(
        Array.from({ length: 100 }, (_, n) => decide(id, yes(`p${n}@example.com`), ports)),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(quorum);
      for (const result of results) {
        if (result.status === "rejected")
          expect(result.reason).toMatchObject({ code: "ApprovalDecided" });
      }
      const { votes, decision, delivered } = await getApproval(id, ports);
      expect(new Set(votes.map(({ by }) => by)).size).toBe(quorum);
      expect([decision?.by, delivered]).toEqual([votes.at(-1)?.by, true]);
      expect(world.heard).toHaveLength(1);
      const told = await events(world);
      expect(told.filter((one) => one.startsWith("refused"))).toHaveLength(100 - quorum);
      expect(told.filter((one) => one.startsWith("delivered"))).toHaveLength(1);
      expect((await verifyAudit("run/run-1", ports)).problems).toEqual([]);
    },
    60_000,
  );
});

describe("the evidence of a decision", () => {
  it("is what stands: another digest is refused, and that is on record", async () => {
    const { world, ports, id, approval } = await opened();
    const stale = { ...yes("ada@example.com"), evidence: `sha256:${"0".repeat(64)}` };
    await expect(decide(id, stale, ports)).rejects.toMatchObject({ code: "EvidenceStale" });
    const seen = { ...yes("ada@example.com"), evidence: approval.evidenceDigest };
    expect(await decide(id, seen, ports)).toMatchObject({ status: "approved" });
    expect(await events(world)).toContain("refused ada@example.com EvidenceStale");
  });

  it("is another one once somebody has approved a change", async () => {
    const policy = { quorum: 2, edit: ["amount"] };
    const { ports, id, approval } = await opened(policy, { proposal: { amount: 5, to: "b" } });
    const first = { ...yes("ada@example.com"), edited: { amount: 4, to: "b" } };
    const { evidenceDigest } = await decide(id, first, ports);
    expect(evidenceDigest).not.toBe(approval.evidenceDigest);
    const late = { ...yes("grace@example.com"), evidence: approval.evidenceDigest };
    await expect(decide(id, late, ports)).rejects.toMatchObject({ code: "EvidenceStale" });
    const other = { ...yes("grace@example.com"), edited: { amount: 3, to: "b" } };
    await expect(decide(id, other, ports)).rejects.toMatchObject({ code: "EditNotAllowed" });
    const decided = await decide(
      id,
      { ...yes("grace@example.com"), evidence: evidenceDigest },
      ports,
    );
    expect(decided.decision?.edited).toEqual({ amount: 4, to: "b" });
  });
});

describe("editing", () => {
  const proposal = { amount: 5, lines: [{ text: "a", cost: 1 }], secret: "[not shown: pii]" };
  const open = { amount: 5, lines: [{ text: "a", cost: 1 }] };

  it("hands the run the whole proposal as it was approved", async () => {
    const { world, ports, id } = await opened({ edit: ["lines.*.text"] }, { proposal: open });
    const edited = { amount: 5, lines: [{ text: "b", cost: 1 }] };
    await decide(id, { ...yes("ada@example.com"), edited }, ports);
    expect(world.heard).toMatchObject([{ output: { verdict: "approved", edited } }]);
  });

  it("is none where nothing was changed", async () => {
    const { world, ports, id } = await opened({}, { proposal: open });
    await decide(id, { ...yes("ada@example.com"), edited: { ...open } }, ports);
    expect(world.heard[0]?.output).not.toHaveProperty("edited");
  });

  it.each<[string, readonly string[], Json, Json, RegExp]>([
    [
      "any field where the policy names none",
      [],
      open,
      { ...open, amount: 6 },
      /lets nobody change/,
    ],
    ["another field", ["lines"], open, { ...open, amount: 6 }, /"amount" may not be changed/],
    ["a new field", ["amount"], open, { ...open, more: 1 }, /"more" may not be changed/],
    ["a field that goes", ["amount"], open, { amount: 5 }, /"lines" may not be changed/],
    [
      "another kind of value",
      ["*"],
      open,
      { ...open, amount: "6" },
      /holds a number, and text was given/,
    ],
    ["all of it", ["amount"], open, null, /"\(all\)" may not be changed/],
    ["what is not shown", ["*"], proposal, { ...proposal, amount: 6 }, /not shown/],
    [
      "more than a run can carry",
      ["*"],
      open,
      { ...open, amount: 5, x: "x".repeat(200_000) },
      /bytes/,
    ],
  ])("refuses %s", async (_, edit, proposed, edited, message) => {
    const { ports, id } = await opened({ edit: [...edit] }, { proposal: proposed });
    await expect(decide(id, { ...yes("ada@example.com"), edited }, ports)).rejects.toMatchObject({
      code: "EditNotAllowed",
      message: expect.stringMatching(message),
    });
    expect((await getApproval(id, ports)).status).toBe("open");
  });

  it("refuses a change by somebody who rejects", async () => {
    const { ports, id } = await opened({ edit: ["*"] }, { proposal: open });
    const no = { verdict: "rejected", by: "ada@example.com", reason: "no", edited: {} } as const;
    await expect(decide(id, no, ports)).rejects.toMatchObject({ code: "EditNotAllowed" });
  });
});

describe("reasons", () => {
  const reasons = { approve: "optional", reject: "required", categories: ["licence", "other"] };

  it.each<[string, Partial<DecisionRequest>, string]>([
    ["a rejection without a category", { reason: "no" }, "ReasonRequired"],
    ["a rejection without a reason", { category: "licence" }, "ReasonRequired"],
    ["a category that is none", { reason: "no", category: "mood" }, "InputInvalid"],
  ])("refuse %s", async (_, change, code) => {
    const { ports, id } = await opened({ reasons });
    const no = { verdict: "rejected", by: "ada@example.com", ...change } as const;
    await expect(decide(id, no, ports)).rejects.toMatchObject({ code });
  });

  it("come with their category", async () => {
    const { ports, id } = await opened({ reasons });
    const no = {
      verdict: "rejected",
      by: "ada@example.com",
      reason: "gpl",
      category: "licence",
    } as const;
    expect((await decide(id, no, ports)).decision).toMatchObject({
      reason: "gpl",
      category: "licence",
    });
  });
});

describe("a policy that wants a sign-in", () => {
  it("takes nobody's word without one", async () => {
    const { ports, id } = await opened({ signIn: "required" });
    await expect(decide(id, yes("ada@example.com"), ports)).rejects.toMatchObject({
      code: "SignInRequired",
    });
    const decided = await decide(id, { ...yes("ada@example.com"), signIn: "subject-1" }, ports);
    expect(decided.votes).toMatchObject([{ signIn: "subject-1" }]);
  });
});

describe("delegation", () => {
  const hand = (by: string, to: string) => ({ by, to, reason: "holiday" });

  it("hands the right on: the one decides, the other no longer", async () => {
    const { world, ports, id } = await opened({ delegation: true });
    const handed = await delegate(id, hand("Ada@example.com", "eve@example.com"), ports);
    expect(handed.approvers).toEqual(["eve@example.com", "grace@example.com", "joan@example.com"]);
    await expect(decide(id, yes("ada@example.com"), ports)).rejects.toMatchObject({
      message: expect.stringContaining("on to eve@example.com"),
    });
    const decided = await decide(id, yes("eve@example.com"), ports);
    expect(decided.votes).toMatchObject([{ by: "eve@example.com", onBehalfOf: "ada@example.com" }]);
    expect(await events(world)).toEqual([
      "requested Requester@Example.com",
      "delegated ada@example.com",
      "refused ada@example.com ApproverNotAllowed",
      "decided eve@example.com",
      "delivered espalier",
    ]);
  });

  it.each<[string, Json, readonly (readonly [string, string])[], RegExp]>([
    ["where the policy lets nobody", false, [["ada", "eve"]], /lets nobody hand/],
    [
      "to whom the policy does not name",
      { to: ["ben@example.com"] },
      [["ada", "eve"]],
      /not let the decision go to eve/,
    ],
    ["by somebody who is not asked", true, [["eve", "ben"]], /not among the approvers/],
    ["to oneself", true, [["ada", "ada"]], /has the decision .* already/],
    ["to somebody who is asked", true, [["ada", "grace"]], /asked about .* already/],
    [
      "back",
      true,
      [
        ["ada", "eve"],
        ["eve", "ada"],
      ],
      /does not come back/,
    ],
    [
      "in a circle",
      true,
      [
        ["ada", "eve"],
        ["eve", "ben"],
        ["ben", "ada"],
      ],
      /does not come back/,
    ],
    [
      "to whom had it from another",
      true,
      [
        ["ada", "eve"],
        ["eve", "ben"],
        ["grace", "eve"],
      ],
      /does not come back/,
    ],
    ["to the requester", true, [["ada", "requester"]], /four eyes/],
  ])("is refused %s", async (_, delegation, steps, message) => {
    const { ports, id } = await opened({ delegation });
    const results = [];
    for (const [by, to] of steps) {
      results.push(
        await delegate(id, hand(`${by}@example.com`, `${to}@example.com`), ports).catch(
          (error: unknown) => error,
        ),
      );
    }
    expect(results.at(-1)).toMatchObject({
      code: "DelegationNotAllowed",
      message: expect.stringMatching(message),
    });
    expect(results.slice(0, -1).every((one) => !(one instanceof Error))).toBe(true);
  });

  it("does not let the requester decide through somebody else", async () => {
    const approvers = ["requester@example.com", "ada@example.com"];
    const { ports, id } = await opened({ approvers, delegation: true });
    const to = { by: "requester@example.com", to: "eve@example.com" };
    await expect(delegate(id, to, ports)).rejects.toMatchObject({ code: "DelegationNotAllowed" });
    await expect(decide(id, yes("eve@example.com"), ports)).rejects.toMatchObject({
      code: "ApproverNotAllowed",
    });
  });

  it.each(["", "*", "rule", "nobody", "a b@example.com", `${"x".repeat(300)}@example.com`])(
    "goes to people: %j is none",
    async (to) => {
      const { ports, id } = await opened({ delegation: true });
      await expect(delegate(id, { by: "ada@example.com", to }, ports)).rejects.toMatchObject({
        code: "NameInvalid",
      });
    },
  );

  it("ends after so many hands", async () => {
    const { ports, id } = await opened({ delegation: true });
    let by = "ada@example.com";
    for (let n = 0; n < MAX_DELEGATIONS; n += 1) {
      const to = `p${n}@example.com`;
      await delegate(id, { by, to }, ports);
      by = to;
    }
    await expect(delegate(id, { by, to: "last@example.com" }, ports)).rejects.toMatchObject({
      code: "DelegationNotAllowed",
    });
  });

  it("counts once towards a quorum, for whoever decides", async () => {
    const { ports, id } = await opened({ delegation: true, quorum: 2 });
    await decide(id, yes("ada@example.com"), ports);
    const handed = delegate(id, { by: "ada@example.com", to: "eve@example.com" }, ports);
    await expect(handed).rejects.toMatchObject({ message: expect.stringContaining("has decided") });
    const back = delegate(id, { by: "grace@example.com", to: "ada@example.com" }, ports);
    await expect(back).rejects.toMatchObject({ message: expect.stringContaining("counts once") });
  });
});
