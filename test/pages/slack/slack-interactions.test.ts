/** Deciding by Slack's buttons, against a Slack that checks what it is sent. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deskOnPorts } from "../../../lib/pages/desk-on-ports.ts";
import type { ApprovalPagesOptions } from "../../../lib/pages/index.ts";
import { approvalPages } from "../../../lib/pages/index.ts";
import { slackInteractions } from "../../../lib/pages/slack/slack-interactions.ts";
import { type SlackFault, slackSignature } from "../../../lib/pages/slack/verify-request.ts";
import { getApproval } from "../../../lib/runtime/approval/find-approvals.ts";
import { makeLinkKey, ringOf } from "../../../lib/runtime/approval/key-ring.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { makeMessenger } from "../../../lib/runtime/notify/messenger.ts";
import { slackNotifier } from "../../../lib/runtime/notify/notify-slack.ts";
import { buttonValue } from "../../../lib/runtime/notify/slack-blocks.ts";
import { approvalCall, createWorld, type World } from "../../runtime/approval/approval-world.ts";
import { type SlackServer, slackServer, TRIGGER } from "../../runtime/notify/slack-server.ts";

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const ORIGIN = "https://approvals.example.com";
const PEOPLE = {
  users: { "ada@example.com": "U0ADA", "grace@example.com": "U0GRACE", "eve@example.com": "U0EVE" },
};

let world: World;
let slack: SlackServer;
let refused: SlackFault[];
let errors: unknown[];
let patience: number | undefined;
let delay: Promise<void> | undefined;

beforeEach(async () => {
  world = createWorld();
  slack = await slackServer();
  refused = [];
  errors = [];
  patience = undefined;
  delay = undefined;
});
afterEach(() => slack.close());

function app() {
  const { ports } = world;
  const ring = ringOf([makeLinkKey(world.now)]);
  const messenger = makeMessenger({
    ...ports,
    notifiers: { slack: slackNotifier(PEOPLE, slack.access) },
    link: async ({ id }) => `${ORIGIN}/a/${id}`,
    writeLine: () => undefined,
  });
  const core = deskOnPorts({ ...ports, messenger });
  const desk: ApprovalPagesOptions["desk"] = {
    ...core,
    async decide(id, decision) {
      await delay;
      return core.decide(id, decision);
    },
  };
  const pages = approvalPages({
    desk,
    ports,
    keys: async () => ring,
    origins: [ORIGIN],
    clientOf: () => "192.0.2.1",
    slack: slackInteractions({
      desk,
      ports,
      people: PEOPLE,
      access: slack.access,
      signingSecret: async () => SECRET,
      answers: slack.answers,
      patience,
      onRefused: (why) => refused.push(why),
      onError: (error) => errors.push(error),
    }),
  });
  return { pages, messenger };
}

async function asked(policy: { readonly [key: string]: Json } = {}) {
  const { pages, messenger } = app();
  const call = approvalCall({ policy: { channels: ["slack"], ...policy } });
  const approval = await requestApproval(call, { ...world.ports, messenger });
  return { pages, approval };
}

type Pages = ReturnType<typeof app>["pages"];

function post(
  pages: Pages,
  payload: object,
  change: { secret?: string; timestamp?: number; body?: string; signature?: string } = {},
) {
  const body = change.body ?? new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(change.timestamp ?? Math.floor(world.now.getTime() / 1000));
  const signature = change.signature ?? slackSignature(timestamp, body, change.secret ?? SECRET);
  const headers = {
    host: new URL(ORIGIN).host,
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signature,
  };
  return pages.request(`${ORIGIN}/slack/interactions`, { method: "POST", headers, body });
}

let pressedTimes = 0;

function press(
  action: "approve" | "reject" | "open",
  about: { id: string; evidenceDigest: string },
  user = "U0ADA",
) {
  pressedTimes += 1;
  return {
    type: "block_actions",
    user: { id: user, team_id: "T1" },
    trigger_id: TRIGGER,
    response_url: `${slack.answers}${pressedTimes}`,
    actions: [{ type: "button", action_id: `espalier.${action}`, value: buttonValue(about) }],
  };
}

function submit(fields: { reason?: string; category?: string }, user = "U0ADA") {
  const view = slack.views.at(-1);
  return {
    type: "view_submission",
    user: { id: user },
    view: {
      callback_id: view?.callback_id,
      private_metadata: view?.private_metadata,
      state: {
        values: {
          reason: { reason: { type: "plain_text_input", value: fields.reason ?? null } },
          ...(fields.category !== undefined && {
            category: { category: { selected_option: { value: fields.category } } },
          }),
        },
      },
    },
  };
}

const status = async (id: string) => (await getApproval(id, world.ports)).status;

describe("deciding in Slack", () => {
  it("approves by the button, tells the run once, and changes every message", async () => {
    const { pages, approval } = await asked();
    expect(slack.messages.size).toBe(2);
    const answer = await post(pages, press("approve", approval));
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(await getApproval(approval.id, world.ports)).toMatchObject({
      status: "approved",
      decision: { by: "ada@example.com", verdict: "approved" },
      delivered: true,
    });
    expect(world.heard).toHaveLength(1);
    for (const message of slack.messages.values()) {
      const text = JSON.stringify(message);
      expect(text).toContain("ada@example.com has approved this");
      expect(text).not.toContain("espalier.approve");
    }
    expect(errors).toEqual([]);
  });

  it("asks for a reason in a dialog, and rejects with it", async () => {
    const { pages, approval } = await asked();
    await post(pages, press("reject", approval));
    expect(slack.views).toHaveLength(1);
    expect(await status(approval.id)).toBe("open");
    const answer = await post(pages, submit({ reason: "  Not in what we ship. " }));
    expect(await answer.text()).toBe("");
    expect(await getApproval(approval.id, world.ports)).toMatchObject({
      status: "rejected",
      decision: { reason: "Not in what we ship." },
    });
  });

  it("says in the dialog what is missing, and decides nothing", async () => {
    const { pages, approval } = await asked();
    await post(pages, press("reject", approval));
    const answer = (await (await post(pages, submit({}))).json()) as {
      response_action: string;
      errors: Record<string, string>;
    };
    expect(answer.response_action).toBe("errors");
    expect(answer.errors.reason).toContain("wants a reason");
    expect(await status(approval.id)).toBe("open");
  });

  it("offers the policy's categories, and files the reason under the one that was chosen", async () => {
    const { pages, approval } = await asked({
      reasons: { approve: "required", reject: "required", categories: ["licence", "security"] },
    });
    await post(pages, press("approve", approval));
    expect(JSON.stringify(slack.views[0])).toContain("security");
    const missing = (await (await post(pages, submit({ reason: "Fine." }))).json()) as {
      errors: object;
    };
    expect(Object.keys(missing.errors)).toEqual(["reason"]);
    await post(pages, submit({ reason: "Fine.", category: "1" }));
    expect((await getApproval(approval.id, world.ports)).decision).toMatchObject({
      verdict: "approved",
      category: "security",
    });
  });

  it("counts towards a quorum, and says to this person alone how many are missing", async () => {
    const { pages, approval } = await asked({ quorum: 2 });
    await post(pages, press("approve", approval));
    expect(await status(approval.id)).toBe("open");
    expect(slack.said).toEqual(["Your approval counts. 1 more is needed."]);
    await post(pages, press("approve", approval, "U0GRACE"));
    expect(await status(approval.id)).toBe("approved");
  });

  it.each([
    ["a user whom nobody has listed", "U0NOBODY", /belongs to no approver/],
    ["somebody who is not asked", "U0EVE", /not among the approvers/],
  ])("is refused to %s, who alone is told", async (_, user, says) => {
    const { pages, approval } = await asked();
    expect((await post(pages, press("approve", approval, user))).status).toBe(200);
    expect(slack.said).toEqual([expect.stringMatching(says)]);
    expect(await status(approval.id)).toBe("open");
  });

  it("asks nobody for a reason who is not asked at all", async () => {
    const { pages, approval } = await asked();
    await post(pages, press("reject", approval, "U0EVE"));
    expect(slack.views).toEqual([]);
    expect(slack.said).toEqual(["You are not asked about this."]);
  });

  it("is refused on evidence that is not what the request is about", async () => {
    const { pages, approval } = await asked();
    const stale = { id: approval.id, evidenceDigest: `sha256:${"0".repeat(64)}` };
    await post(pages, press("approve", stale));
    expect(slack.said[0]).toMatch(/has changed since this message was sent/);
    expect(await status(approval.id)).toBe("open");
  });

  it("tells who comes second that it is decided", async () => {
    const { pages, approval } = await asked();
    await post(pages, press("approve", approval));
    await post(pages, press("approve", approval, "U0GRACE"));
    expect(slack.said[0]).toMatch(/already approved, by ada@example.com/);
    expect(world.heard).toHaveLength(1);
  });

  it("cannot go round a sign-in that the policy wants", async () => {
    const { pages, approval } = await asked({ signIn: "required" });
    for (const message of slack.messages.values()) {
      expect(JSON.stringify(message)).not.toContain("espalier.approve");
    }
    await post(pages, press("approve", approval));
    expect(slack.said[0]).toMatch(/sign in/);
    expect(await status(approval.id)).toBe("open");
  });

  it("answers Slack in time, whatever is still to be done, which is done all the same", async () => {
    patience = 20;
    const { pages, approval } = await asked();
    let go: () => void = () => undefined;
    delay = new Promise((resolve) => {
      go = resolve;
    });
    expect((await post(pages, press("approve", approval))).status).toBe(200);
    expect(await status(approval.id)).toBe("open");
    go();
    await expect.poll(() => status(approval.id), { timeout: 5000 }).toBe("approved");
  });

  it("does nothing for the button that opens the page", async () => {
    const { pages, approval } = await asked();
    expect((await post(pages, press("open", approval))).status).toBe(200);
    expect(await status(approval.id)).toBe("open");
  });
});

describe("what only claims to come from Slack", () => {
  it.each<[string, (body: string) => Parameters<typeof post>[2], SlackFault]>([
    ["signed with another secret", () => ({ secret: "other" }), "forged"],
    ["without a signature", () => ({ signature: "" }), "unsigned"],
    ["with half of a signature", () => ({ signature: "v0=00" }), "forged"],
    ["of six minutes ago", () => ({ timestamp: 1777888800 - 361 }), "old"],
    ["of six minutes ahead", () => ({ timestamp: 1777888800 + 361 }), "old"],
  ])("is refused, and decides nothing: %s", async (_, change, fault) => {
    const { pages, approval } = await asked();
    const answer = await post(pages, press("approve", approval), change(""));
    expect([answer.status, await answer.text()]).toEqual([401, ""]);
    expect(refused).toEqual([fault]);
    expect(await status(approval.id)).toBe("open");
  });

  it("is refused for another body under a good signature", async () => {
    const { pages, approval } = await asked();
    const timestamp = String(Math.floor(world.now.getTime() / 1000));
    const good = new URLSearchParams({
      payload: JSON.stringify(press("open", approval)),
    }).toString();
    const signature = slackSignature(timestamp, good, SECRET);
    const answer = await post(pages, press("approve", approval), { signature });
    expect(answer.status).toBe(401);
    expect(refused).toEqual(["forged"]);
  });

  it("is refused the second time: a request counts once", async () => {
    const { pages, approval } = await asked({ quorum: 2 });
    const payload = press("approve", approval);
    expect((await post(pages, payload)).status).toBe(200);
    expect((await post(pages, payload)).status).toBe(401);
    expect(refused).toEqual(["replayed"]);
  });

  it.each([
    ["no payload", "a=b"],
    ["no JSON", "payload=%7B"],
    ["another kind of interaction", `payload=${encodeURIComponent('{"type":"shortcut"}')}`],
    ["a form that is none", "\0"],
  ])("is refused although it is signed, with %s", async (_, body) => {
    const { pages } = await asked();
    expect((await post(pages, {}, { body })).status).toBe(400);
  });

  it("cannot make us call another place than Slack", async () => {
    const { pages, approval } = await asked();
    const calls = slack.http.received.length;
    const payload = {
      ...press("approve", approval, "U0EVE"),
      response_url: `${slack.http.url}/inner`,
    };
    await post(pages, payload);
    expect(slack.http.received.slice(calls).map(({ path }) => path)).toEqual([]);
  });

  it("is not listened to where there is no Slack", async () => {
    const { ports } = world;
    const pages = approvalPages({
      desk: deskOnPorts(ports),
      ports,
      keys: async () => ringOf([makeLinkKey(world.now)]),
      origins: [ORIGIN],
      clientOf: () => "192.0.2.1",
    });
    expect((await post(pages, { type: "block_actions" })).status).toBe(404);
  });
});
