/** Slack and webhooks on the wire. */
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Message } from "../../../lib/runtime/approval/notifier.ts";
import { publicView } from "../../../lib/runtime/approval/stored-approval.ts";
import { addressOfUser, slackNotifier, userOf } from "../../../lib/runtime/notify/notify-slack.ts";
import { isSafeTarget, webhookNotifier } from "../../../lib/runtime/notify/notify-webhook.ts";
import { renderMessage } from "../../../lib/runtime/notify/render-message.ts";
import { storedApproval } from "../approval/approval-world.ts";
import { type HttpFake, httpFake } from "./http-fake.ts";
import { type SlackServer, slackServer } from "./slack-server.ts";

const LINK = "https://approvals.example.com/a/token";
const USERS = { "Ada@example.com": "U0ADA", "grace@example.com": "U0GRACE" };

function message(kind: Message["kind"] = "request", change: Partial<Message> = {}): Message {
  const approval = publicView(storedApproval());
  return { ...renderMessage({ kind, approval, to: "ada@example.com", link: LINK }), ...change };
}

describe("Slack", () => {
  let slack: SlackServer;

  beforeEach(async () => {
    slack = await slackServer();
  });
  afterEach(() => slack.close());

  it("gets a message for the person, with the link and the buttons", async () => {
    const { reference } = await slackNotifier({ users: USERS }, slack.access).send(
      message(),
      "slack",
    );
    const posted = slack.messages.get(reference);
    expect(posted?.channel).toBe("U0ADA");
    const text = JSON.stringify(posted);
    expect(text).toContain(LINK);
    for (const action of ["approve", "reject", "open"])
      expect(text).toContain(`espalier.${action}`);
  });

  it("gets no link in a channel that several people read, but the name of the one who is asked", async () => {
    const people = { users: USERS, channel: "C0LEGAL" };
    const { reference } = await slackNotifier(people, slack.access).send(message(), "slack");
    const text = JSON.stringify(slack.messages.get(reference));
    expect(text).not.toContain(LINK);
    expect(text).toContain("<@U0ADA>");
    expect(text).toContain("espalier.approve");
  });

  it("has every message changed once all is decided, and none keeps a button to decide", async () => {
    const notifier = slackNotifier({ users: USERS }, slack.access);
    const earlier = [
      (await notifier.send(message(), "slack")).reference,
      (await notifier.send(message("reminder"), "slack")).reference,
    ];
    await notifier.send(message("decided", { earlier }), "slack");
    expect(slack.messages.size).toBe(2);
    for (const posted of slack.messages.values()) {
      expect(JSON.stringify(posted)).not.toContain("espalier.approve");
    }
  });

  it.each([
    ["a person without a Slack user", { to: "hopper@example.com" }, [], false, /no Slack user/],
    ["throttling", {}, [429], true, /Slack answered 429/],
    ["a fault of Slack's", {}, [503], true, /Slack answered 503/],
  ])("fails by %s", async (_, change, failing, retry, says) => {
    slack.failing.push(...failing);
    const sending = slackNotifier({ users: USERS }, slack.access).send(
      message("request", change),
      "slack",
    );
    await expect(sending).rejects.toMatchObject({
      name: "NotifyFailed",
      retry,
      message: expect.stringMatching(says),
    });
  });

  it("that refuses the token is told by Slack's own word, without the token", async () => {
    const access = { ...slack.access, token: async () => "xoxb-wrong" };
    const error = await slackNotifier({ users: USERS }, access)
      .send(message(), "slack")
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      retry: false,
      message: "Slack refused chat.postMessage: invalid_auth",
    });
    expect(JSON.stringify(error)).not.toContain("xoxb");
  });

  it("knows people by their address in any case, and users by their id alone", () => {
    expect(userOf({ users: USERS }, "ADA@example.com")).toBe("U0ADA");
    expect(addressOfUser({ users: USERS }, "U0ADA")).toBe("ada@example.com");
    expect(addressOfUser({ users: USERS }, "u0ada")).toBeUndefined();
    expect(addressOfUser({ users: USERS }, "__proto__")).toBeUndefined();
  });
});

describe("a webhook", () => {
  let receiver: HttpFake;
  let status: number;
  const clock = { now: () => new Date("2026-05-04T10:00:00.000Z") };

  beforeEach(async () => {
    status = 204;
    receiver = await httpFake(({ path }) =>
      path === "/moved" ? { status: 302, headers: { location: "/elsewhere" } } : { status },
    );
  });
  afterEach(() => receiver.close());

  const notifier = (path = "/hook") =>
    webhookNotifier({ url: `${receiver.url}${path}`, secret: async () => "shared", clock });

  it("gets the message, signed with the time of sending", async () => {
    await notifier().send(message(), "webhook");
    const [received] = receiver.received;
    const { headers = {}, body = "" } = received ?? {};
    const timestamp = String(headers["espalier-timestamp"]);
    expect(timestamp).toBe("1777888800");
    const mac = createHmac("sha256", "shared").update(`${timestamp}.${body}`).digest("hex");
    expect(headers["espalier-signature"]).toBe(`v1=${mac}`);
    expect(JSON.parse(body)).toMatchObject({
      format: 1,
      kind: "request",
      to: "ada@example.com",
      link: LINK,
      approval: { id: "0123456789ab", status: "open", title: "Allow these licences?" },
    });
    expect(body).not.toContain("token-1");
  });

  it.each([
    [500, true],
    [429, true],
    [408, true],
    [401, false],
    [404, false],
  ])("that answers %i is tried again: %s", async (answered, retry) => {
    status = answered;
    await expect(notifier().send(message(), "webhook")).rejects.toMatchObject({
      name: "NotifyFailed",
      retry,
    });
  });

  it("is not followed to another place", async () => {
    await expect(notifier("/moved").send(message(), "webhook")).rejects.toThrow(
      /cannot be reached/,
    );
    expect(receiver.received.map(({ path }) => path)).toEqual(["/moved"]);
  });

  it.each([
    ["https://hooks.example.com/a", true],
    ["http://127.0.0.1:8080/a", true],
    ["http://hooks.example.com/a", false],
    ["http://localhost/a", false],
    ["file:///etc/passwd", false],
    ["nonsense", false],
  ])("%s is sent to: %s", (url, expected) => {
    expect(isSafeTarget(url)).toBe(expected);
  });
});
