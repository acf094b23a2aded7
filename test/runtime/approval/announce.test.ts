/** What has become of a request reaches those who were asked: whoever decided, and wherever a process dies. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  type AnnouncingPorts,
  announceById,
  announcePending,
} from "../../../lib/runtime/approval/announce.ts";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import { delegate } from "../../../lib/runtime/approval/delegate.ts";
import { closeApprovalsOfRun, getApproval } from "../../../lib/runtime/approval/find-approvals.ts";
import type { Message } from "../../../lib/runtime/approval/notifier.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { sweepApprovals } from "../../../lib/runtime/approval/sweep-approvals.ts";
import { makeMessenger } from "../../../lib/runtime/notify/messenger.ts";
import type { Ports } from "../../../lib/runtime/ports.ts";
import { approvalCall, Crash, crashing, createWorld, type World } from "./approval-world.ts";

const ADA = "ada@example.com";
const GRACE = "grace@example.com";
const BEN = "ben@example.com";
const APPROVE = { verdict: "approved", by: ADA } as const;

let world: World;
let sent: { readonly kind: string; readonly to: string; readonly message: Message }[];
let lines: string[];

beforeEach(() => {
  world = createWorld();
  sent = [];
  lines = [];
});

/** A process that can tell people, by Slack; it sends nothing once it is dead. */
function telling(ports: Ports = world.ports): Ports & AnnouncingPorts {
  const writeLine = (line: string) => void lines.push(line);
  const slack = {
    async send(message: Message) {
      await ports.records.get({ partition: "alive", sort: "?" });
      sent.push({ kind: message.kind, to: message.to, message });
      return { reference: `D1/${sent.length}` };
    },
  };
  const link = async () => "https://approvals.example.com/a/x";
  const messenger = makeMessenger({ ...ports, notifiers: { slack }, link, writeLine });
  return { ...ports, messenger, writeLine };
}

/** A process that cannot: it calls a function that can, as the command line and the sweep do. */
function asking(calls: string[] = []): Ports & AnnouncingPorts {
  const announcer = async (id: string) => {
    calls.push(id);
    await announceById(id, telling());
  };
  return { ...world.ports, announcer };
}

async function opened(): Promise<string> {
  const policy = { approvers: [ADA, GRACE], channels: ["slack"], delegation: true };
  const { id } = await requestApproval(approvalCall({ policy }), telling());
  sent = [];
  return id;
}

function later(minutes: number): void {
  world.now = new Date(world.now.getTime() + minutes * 60_000);
}

const told = () => sent.map(({ kind, to }) => `${kind} ${to}`).sort();
const EVERYBODY = [`decided ${ADA}`, `decided ${GRACE}`];
const counted = (name: string) => lines.filter((line) => line.includes(`"${name}":`)).length;

describe("a decision", () => {
  it("at a command line, which can tell nobody, is told by the function that can", async () => {
    const id = await opened();
    const calls: string[] = [];
    await decide(id, APPROVE, asking(calls));
    expect([calls, told()]).toEqual([[id], EVERYBODY]);
    // The messages that were sent before are changed: they lose their buttons.
    expect(sent.every(({ message }) => message.earlier?.length === 1)).toBe(true);
    // Counted there as well, since a command line writes no metrics.
    expect(counted("ApprovalTimeToDecide")).toBe(1);
    later(20);
    await sweepApprovals(asking(calls));
    expect([calls, sent.length]).toEqual([[id], 2]);
  });

  it("stands where that function cannot be called, and the sweep has it told", async () => {
    const id = await opened();
    const announcer = () => Promise.reject(new Error("AccessDenied"));
    const decided = await decide(id, APPROVE, { ...world.ports, announcer });
    expect([decided.status, decided.delivered, told()]).toEqual(["approved", true, []]);
    await sweepApprovals(asking());
    // It may still be on its way.
    expect(told()).toEqual([]);
    later(2);
    await sweepApprovals(asking());
    expect(told()).toEqual(EVERYBODY);
  });

  it("is told to everybody, wherever a process dies that tells them, and never counted twice", async () => {
    let twice = 0;
    let uncounted = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= 20; at += 1) {
        world = createWorld();
        const id = await opened();
        lines = [];
        const dying = telling(crashing(world.ports, at, when));
        await decide(id, APPROVE, dying).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        if (!(await getApproval(id, world.ports)).decision) await decide(id, APPROVE, telling());
        later(2);
        for (const _ of [1, 2]) await sweepApprovals(asking());
        expect([when, at, [...new Set(told())]]).toEqual([when, at, EVERYBODY]);
        // A message that was sent, and not recorded as sent, is sent once more: each changes the same one.
        twice += sent.length - EVERYBODY.length;
        expect(sent.length).toBeLessThanOrEqual(EVERYBODY.length + 2);
        // A process that dies right before the line is written takes the count with it.
        expect(counted("ApprovalTimeToDecide")).toBeLessThanOrEqual(1);
        uncounted += 1 - counted("ApprovalTimeToDecide");
        expect(world.heard).toHaveLength(1);
      }
    }
    expect(twice).toBeLessThanOrEqual(8);
    expect(uncounted).toBeLessThanOrEqual(1);
  });

  it("is told once, however often the sweep comes", async () => {
    const id = await opened();
    await decide(id, APPROVE, { ...world.ports, announcer: async () => undefined });
    later(2);
    for (let round = 0; round < 5; round += 1) await announcePending(asking(), 60_000);
    expect(told()).toEqual(EVERYBODY);
    expect(counted("ApprovalTimeToDecide")).toBe(1);
  });

  it("is forgotten as news where an environment tells nobody", async () => {
    const id = await opened();
    const calls: string[] = [];
    const announcer = async (one: string) => {
      calls.push(one);
      await announceById(one, world.ports);
    };
    await decide(id, APPROVE, { ...world.ports, announcer });
    later(20);
    await sweepApprovals({ ...world.ports, announcer });
    expect([calls, sent]).toEqual([[id], []]);
  });
});

describe("an end without a decision", () => {
  it.each([
    ["expired", 4 * 24 * 60, "Expired: Allow these licences?", "The time for this is up."],
    ["cancelled", 1, "No longer needed: Allow these licences?", "The workflow went on"],
  ])("is told as well: %s", async (status, minutes, subject, lead) => {
    const id = await opened();
    later(minutes);
    await closeApprovalsOfRun("run-1", world.ports);
    expect((await getApproval(id, world.ports)).status).toBe(status);
    await sweepApprovals(asking());
    expect(told()).toEqual(EVERYBODY);
    const [{ message } = { message: undefined }] = sent;
    expect(message?.subject).toBe(subject);
    expect(message?.text).toContain(lead);
    expect(JSON.stringify(message?.slack)).not.toContain("espalier.approve");
    expect(counted("ApprovalTimeToDecide")).toBe(0);
  });
});

describe("a decision that is handed on", () => {
  const TO_BEN = { by: ADA, to: BEN };

  it("at a command line reaches whom it is handed to, with a link", async () => {
    const id = await opened();
    await delegate(id, TO_BEN, asking());
    expect(told()).toEqual([`request ${BEN}`]);
    expect(sent[0]?.message.link).toContain("https://");
    later(20);
    await sweepApprovals(asking());
    expect(sent).toHaveLength(1);
  });

  it("reaches that person wherever a process dies", async () => {
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= 14; at += 1) {
        world = createWorld();
        const id = await opened();
        await delegate(id, TO_BEN, telling(crashing(world.ports, at, when))).catch(
          (error: unknown) => {
            if (!(error instanceof Crash)) throw error;
          },
        );
        const stands = await getApproval(id, world.ports);
        if (stands.delegations.length === 0) await delegate(id, TO_BEN, telling());
        later(2);
        for (const _ of [1, 2]) await sweepApprovals(asking());
        expect([when, at, [...new Set(told())]]).toEqual([when, at, [`request ${BEN}`]]);
        expect(sent.length).toBeLessThanOrEqual(2);
      }
    }
  });
});
