/** What each channel of local.yaml leaves in the outbox, and what is really sent. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { localMessenger } from "../../../lib/local/outbox/local-messenger.ts";
import { Outbox } from "../../../lib/local/outbox/outbox.ts";
import { openPorts } from "../../../lib/local/ports/index.ts";
import type { Channel } from "../../../lib/manifest/approval-policy.ts";
import { NotifySettings } from "../../../lib/manifest/environment/notify-settings.ts";
import { publicView } from "../../../lib/runtime/approval/stored-approval.ts";
import { webhookSignature } from "../../../lib/runtime/notify/notify-webhook.ts";
import { storedApproval } from "../../runtime/approval/approval-world.ts";

const SECRET = { secret: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf" };
const SLACK = { token: SECRET, signingSecret: SECRET, users: { "ada@example.com": "U0123456789" } };
const clock = { now: () => new Date("2026-05-04T10:00:00.000Z") };
const ORIGIN = "http://127.0.0.1:1111";

async function tell(settings: object, channels: readonly Channel[], to = ["ada@example.com"]) {
  const directory = await mkdtemp(join(tmpdir(), "espalier-notify-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const outbox = new Outbox(join(directory, "outbox"), clock);
  const said: string[] = [];
  const messenger = localMessenger({
    directory,
    outbox,
    settings: NotifySettings.parse(settings),
    ports: { ...openPorts(directory, clock), clock },
    origin: async () => ORIGIN,
    onError: (error) => said.push(error instanceof Error ? error.message : String(error)),
  });
  const stored = storedApproval();
  const policy = { ...stored.policy, channels: [...channels] };
  const told = await messenger.tell("request", publicView({ ...stored, policy }), to);
  return { told, said, messages: await outbox.list(), outbox };
}

describe("notify of local.yaml", () => {
  it.each([
    ["email", { email: { from: "Desk <desk@example.com>" } }, { from: "Desk <desk@example.com>" }],
    ["slack", { slack: SLACK }, { at: "U0123456789", document: { channel: "U0123456789" } }],
    ["slack", { slack: { ...SLACK, channel: "C0123456789" } }, { at: "C0123456789" }],
    [
      "sns",
      { sns: { topic: "arn:aws:sns:eu-central-1:111122223333:a" } },
      { document: { format: 1, to: "ada@example.com" } },
    ],
    [
      "webhook",
      { webhook: { url: "https://hooks.example.com/a", secret: SECRET } },
      { at: "https://hooks.example.com/a", document: { kind: "request" } },
    ],
  ] as const)(
    "shows what %s would have sent, and sends nothing",
    async (channel, settings, delivery) => {
      const fetched = vi.spyOn(globalThis, "fetch");
      onTestFinished(() => fetched.mockRestore());
      const { told, messages } = await tell(settings, [channel]);
      expect(told).toMatchObject([{ to: "ada@example.com", channel, failures: [] }]);
      expect(messages).toMatchObject([{ channel, delivery }]);
      expect(messages[0]?.delivery.sent).toBeUndefined();
      expect(fetched).not.toHaveBeenCalled();
    },
  );

  it("shows a message to a channel of Slack without the link, and one to a person with it", async () => {
    const shown = async (slack: object) =>
      JSON.stringify((await tell({ slack }, ["slack"])).messages[0]?.delivery.document);
    expect(await shown(SLACK)).toContain(`${ORIGIN}/a/`);
    expect(await shown({ ...SLACK, channel: "C0123456789" })).not.toContain(`${ORIGIN}/a/`);
  });

  it("takes the policy's next channel where one is missing or does not know the person, and says why", async () => {
    const settings = { slack: SLACK, email: { from: "desk@example.com" } };
    const channels = ["sns", "slack", "email"] as const;
    const { told, messages, said } = await tell(settings, channels, ["grace@example.com"]);
    expect(told).toMatchObject([{ channel: "email" }]);
    expect(messages).toMatchObject([{ channel: "email", to: "grace@example.com" }]);
    expect(said).toEqual([
      "A channel failed, another was used: grace@example.com: sns: this environment has no sns (notify.sns); slack: grace@example.com has no Slack user here (notify.slack.users)",
    ]);
  });

  it("has every channel while it names none", async () => {
    const signIn = { issuer: "https://login.example.com", clientId: "a" };
    const { told, messages } = await tell({ signIn }, ["sns"]);
    expect(told).toMatchObject([{ channel: "sns" }]);
    expect(messages).toMatchObject([{ channel: "sns", delivery: {} }]);
  });

  it("leads every link to where the runtime is now, those in documents too", async () => {
    const { outbox, messages } = await tell({ slack: SLACK }, ["slack"]);
    const now = await outbox.read(messages[0]?.id ?? "", "http://127.0.0.1:2222");
    const text = JSON.stringify(now);
    expect(text).toContain("http://127.0.0.1:2222/a/");
    expect(text).not.toContain(ORIGIN);
  });
});

describe("a webhook to this machine", () => {
  async function receiver() {
    const got: { headers: IncomingHttpHeaders; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (part: string) => {
        body += part;
      });
      request.on("end", () => {
        got.push({ headers: request.headers, body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
  }

  it("is sent, signed with the variable that is named, and kept in the outbox", async () => {
    vi.stubEnv("HOOK_SECRET", "of the hook");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { got, url } = await receiver();
    const { messages } = await tell({ webhook: { url, secret: { env: "HOOK_SECRET" } } }, [
      "webhook",
    ]);
    expect(messages).toMatchObject([{ channel: "webhook", delivery: { at: url, sent: true } }]);
    const [{ headers, body }] = got as [{ headers: IncomingHttpHeaders; body: string }];
    expect(JSON.parse(body)).toEqual(messages[0]?.delivery.document);
    const timestamp = String(headers["espalier-timestamp"]);
    expect(headers["espalier-signature"]).toBe(webhookSignature(timestamp, body, "of the hook"));
  });

  it.each([
    ["a variable that is not set", { env: "HOOK_SECRET_MISSING" }, /HOOK_SECRET_MISSING.*not set/],
    ["a secret of AWS", SECRET, /is in AWS, which is not asked here/],
  ])("is not sent with %s, which is said", async (_, secret, why) => {
    const { got, url } = await receiver();
    const settings = { webhook: { url, secret }, email: { from: "desk@example.com" } };
    const { told, said } = await tell(settings, ["webhook", "email"]);
    expect(told).toMatchObject([{ channel: "email" }]);
    expect(said.join()).toMatch(why);
    expect(got).toEqual([]);
  });
});
