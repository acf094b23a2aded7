import { beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../../lib/manifest/approval-policy.ts";
import type { Approval } from "../../../lib/runtime/approval/approval.ts";
import { getApproval } from "../../../lib/runtime/approval/find-approvals.ts";
import {
  type Message,
  type Notifier,
  NotifyFailed,
} from "../../../lib/runtime/approval/notifier.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import { publicView } from "../../../lib/runtime/approval/stored-approval.ts";
import { readAudit } from "../../../lib/runtime/audit.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import {
  channelsOf,
  makeMessenger,
  type Notifiers,
} from "../../../lib/runtime/notify/messenger.ts";
import {
  approvalCall,
  createWorld,
  storedApproval,
  type World,
} from "../approval/approval-world.ts";

interface Sent {
  readonly channel: Channel;
  readonly message: Message;
}

let world: World;
let sent: Sent[];
let lines: string[];
let pauses: number[];

beforeEach(() => {
  world = createWorld();
  sent = [];
  lines = [];
  pauses = [];
});

/** Fails as often as `failures` has entries, then sends. */
function channel(...failures: readonly { readonly retry: boolean }[]): Notifier {
  const left = [...failures];
  return {
    async send(message, by) {
      const failure = left.shift();
      if (failure) throw new NotifyFailed(`${by} is down`, failure);
      sent.push({ channel: by, message });
      return { reference: `${by}-${sent.length}` };
    },
  };
}

const never: Notifier = {
  send: async () => {
    throw new NotifyFailed("refused", { retry: false });
  },
};

function messenger(notifiers: Notifiers) {
  return makeMessenger({
    ...world.ports,
    notifiers,
    link: async ({ id }, to) => `https://approvals.example.com/a/${id}.${to}`,
    writeLine: (line) => lines.push(line),
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
    },
  });
}

function approval(
  change: Partial<Approval> = {},
  policy: { readonly [key: string]: Json } = {},
): Approval {
  const { policy: plain } = storedApproval();
  const changed = { ...plain, channels: ["email", "slack"], ...policy } as Approval["policy"];
  return publicView({ ...storedApproval(), policy: changed, ...change });
}

const ADA = "ada@example.com";
const GRACE = "grace@example.com";

describe("telling the approvers of a stage", () => {
  it("sends each their own link, by the first channel of the policy", async () => {
    const told = await messenger({ email: channel(), slack: channel() }).tell(
      "request",
      approval(),
      [ADA, GRACE],
    );
    expect(told.map(({ to, channel: by }) => [to, by])).toEqual([
      [ADA, "email"],
      [GRACE, "email"],
    ]);
    expect(sent.map(({ message: { to, link } }) => [to, link.endsWith(to)])).toEqual([
      [ADA, true],
      [GRACE, true],
    ]);
    expect(lines).toEqual([]);
  });

  it("tries a channel again that fails for a passing reason, later each time", async () => {
    const [told] = await messenger({ email: channel({ retry: true }, { retry: true }) }).tell(
      "request",
      approval(),
      [ADA],
    );
    expect(told).toMatchObject({ channel: "email", failures: [] });
    expect(pauses).toHaveLength(2);
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
  });

  it.each([
    ["at once where that cannot pass", [{ retry: false }], 0],
    ["after three attempts where it might", [{ retry: true }, { retry: true }, { retry: true }], 2],
  ])("takes the next channel, %s", async (_, failures, waited) => {
    const [told] = await messenger({ email: channel(...failures), slack: channel() }).tell(
      "request",
      approval(),
      [ADA],
    );
    expect(told).toEqual({
      to: ADA,
      channel: "slack",
      reference: "slack-1",
      failures: [{ channel: "email", message: "email is down" }],
    });
    expect(pauses).toHaveLength(waited);
    expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({
      level: "WARN",
      message: "A channel failed, another was used",
    });
  });

  it("takes the next channel where the environment has not the first", async () => {
    const [told] = await messenger({ slack: channel() }).tell("request", approval(), [ADA]);
    expect(told?.channel).toBe("slack");
    expect(told?.failures[0]?.message).toBe("this environment has no email (notify.email)");
  });

  it("tells nobody the same twice by one channel, however often it is called", async () => {
    const { tell } = messenger({ email: channel() });
    const first = await tell("request", approval(), [ADA, GRACE]);
    expect(await tell("request", approval(), [ADA, GRACE])).toEqual(first);
    expect(sent).toHaveLength(2);
  });

  it("tells again what is another occasion: a later stage, a request that was opened once more, one handed back", async () => {
    const { tell } = messenger({ email: channel() });
    const handedOn = {
      from: ADA,
      to: GRACE,
      by: ADA,
      at: "2026-05-04T11:00:00.000Z",
      reason: null,
    };
    await tell("request", approval(), [ADA]);
    await tell("reminder", approval({ stage: 1 }), [ADA]);
    await tell("request", approval({ opensAt: "2026-06-01T00:00:00.000Z" }), [ADA]);
    await tell("request", approval({ delegations: [handedOn] }), [ADA]);
    expect(sent).toHaveLength(4);
  });

  it("may tell twice if the process dies between sending and recording, and never not at all", async () => {
    const records = world.ports.records;
    const broken = { ...records, put: () => Promise.reject(new Error("dead")) };
    const options = { ...world.ports, records: broken, notifiers: { email: channel() } };
    const dying = makeMessenger({
      ...options,
      link: async () => "https://approvals.example.com/a/x",
      writeLine: (line) => lines.push(line),
    });
    const [told] = await dying.tell("request", approval(), [ADA]);
    expect(told?.channel).toBe("email");
    await messenger({ email: channel() }).tell("request", approval(), [ADA]);
    expect(sent).toHaveLength(2);
  });

  it("counts a request that reached nobody, and says so at the level of errors", async () => {
    const told = await messenger({ email: never, slack: never }).tell("request", approval(), [
      ADA,
      GRACE,
    ]);
    expect(told.map(({ channel: by }) => by)).toEqual([null, null]);
    const written = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(written).toContainEqual(
      expect.objectContaining({ level: "ERROR", message: "A request for approval reached nobody" }),
    );
    expect(written).toContainEqual(
      expect.objectContaining({ ApprovalsReachedNobody: 1, environment: "local" }),
    );
  });

  it("is no alarm if one of two was reached", async () => {
    const email: Notifier = {
      async send(message, by) {
        if (message.to === GRACE) throw new NotifyFailed("no", { retry: false });
        return channel().send(message, by);
      },
    };
    await messenger({ email }).tell("request", approval(), [ADA, GRACE]);
    expect(lines.join("\n")).not.toContain("ApprovalsReachedNobody");
  });

  it("never tells what an unexpected error says: it may hold a secret", async () => {
    const email: Notifier = { send: () => Promise.reject(new Error("Bearer xoxb-secret")) };
    const told = await messenger({ email }).tell("request", approval(), [ADA]);
    expect(JSON.stringify([told, lines])).not.toContain("xoxb-secret");
  });

  it("pages by channels of their own outside of business hours", () => {
    const policy = {
      afterHours: "page",
      page: ["sns"],
      businessHours: { timeZone: "UTC", hours: { mon: "09:00-17:00" }, holidays: [] },
    };
    const monday = new Date("2026-05-04T10:00:00.000Z");
    const night = new Date("2026-05-04T23:00:00.000Z");
    expect(channelsOf(approval({}, policy), monday)).toEqual(["email", "slack"]);
    expect(channelsOf(approval({}, policy), night)).toEqual(["sns"]);
  });
});

describe("telling how it ended", () => {
  const decision = {
    verdict: "approved" as const,
    by: ADA,
    at: "2026-05-04T12:00:00.000Z",
    reason: null,
    category: null,
    edited: null,
  };
  const decided = () => approval({ status: "approved", decision });

  it("changes what was sent by Slack, mails the others, and leaves in peace who has decided", async () => {
    const { tell } = messenger({ email: channel(), slack: channel() });
    await tell("request", approval({}, { channels: ["slack"] }), [ADA]);
    await tell("request", approval(), [ADA, GRACE]);
    sent = [];
    await tell("decided", decided(), [ADA, GRACE, "hopper@example.com"]);
    expect(
      sent.map(({ channel: by, message: { to, earlier } }) => [to, by, earlier]).sort(),
    ).toEqual([
      [ADA, "slack", ["slack-1"]],
      [GRACE, "email", ["email-3"]],
    ]);
  });

  it("happens once", async () => {
    const { tell } = messenger({ email: channel() });
    await tell("request", approval(), [GRACE]);
    await tell("decided", decided(), [GRACE]);
    await tell("decided", decided(), [GRACE]);
    expect(sent).toHaveLength(2);
  });
});

describe("a request for approval", () => {
  it("keeps in its audit who was told by what, and how many were reached", async () => {
    const call = approvalCall({ policy: { channels: ["email", "slack"] } });
    const ports = { ...world.ports, messenger: messenger({ email: never, slack: channel() }) };
    const { id } = await requestApproval(call, ports);
    expect((await getApproval(id, world.ports)).reached).toEqual({ people: 3, nobody: 0 });
    const { entries } = await readAudit(`run/${call.run.id}`, world.ports);
    const notified = entries.filter(({ event }) => event === "approval.notified");
    expect(notified.map(({ data }) => [data.to, data.channel])).toEqual([
      [ADA, "slack"],
      [GRACE, "slack"],
      ["requester@example.com", "slack"],
    ]);
    expect(notified[0]?.data.failures).toEqual([{ channel: "email", message: "refused" }]);
  });
});
