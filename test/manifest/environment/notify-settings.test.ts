import { describe, expect, it } from "vitest";
import { NotifySettings } from "../../../lib/manifest/environment/notify-settings.ts";

const SECRET = { secret: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-AbCdEf" };
const SLACK = { token: SECRET, signingSecret: SECRET, users: { "ada@example.com": "U0123456789" } };

function problems(value: unknown): string {
  const { error } = NotifySettings.safeParse(value);
  return (error?.issues ?? [])
    .map(({ path, message }) => `${path.join(".")}: ${message}`)
    .join("\n");
}

describe("how an environment tells its approvers", () => {
  it.each([
    ["mails", { email: { from: "approvals@example.com" } }],
    ["mails with a name", { email: { from: "Approvals <approvals@example.com>" } }],
    ["Slack", { slack: SLACK }],
    ["a webhook", { webhook: { url: "https://hooks.example.com/a", secret: { env: "HOOK" } } }],
    [
      "a webhook on this machine",
      { webhook: { url: "http://127.0.0.1:9/a", secret: { env: "HOOK" } } },
    ],
    ["a sign-in", { signIn: { issuer: "https://login.example.com", clientId: "a" } }],
    ["nothing but pages", {}],
  ])("may be %s", (_, value) => {
    expect(problems(value)).toBe("");
  });

  it.each([
    [
      "a sender that begins another header",
      { email: { from: "a@example.com\nBcc: b@example.com" } },
      "email.from",
    ],
    ["two senders", { email: { from: "a@example.com, b@example.com" } }, "email.from"],
    ["a token in the file", { slack: { ...SLACK, token: "xoxb-1" } }, "slack.token"],
    [
      "a Slack user that is no id",
      { slack: { ...SLACK, users: { "a@example.com": "@ada" } } },
      "Slack's id",
    ],
    [
      "one Slack user for two people",
      { slack: { ...SLACK, users: { "a@example.com": "U01", "b@example.com": "U01" } } },
      "slack.users.b@example.com",
    ],
    [
      "a webhook without TLS",
      { webhook: { url: "http://hooks.example.com", secret: SECRET } },
      "webhook.url",
    ],
    [
      "a webhook with a password",
      { webhook: { url: "https://a:b@example.com", secret: SECRET } },
      "webhook.url",
    ],
    [
      "a name without a certificate",
      { pages: { domain: "approvals.example.com" } },
      "certificate is missing",
    ],
    [
      "an issuer without TLS",
      { signIn: { issuer: "http://login.example.com", clientId: "a" } },
      "signIn.issuer",
    ],
    ["a key that there is not", { sms: {} }, "sms"],
  ])("may not be %s", (_, value, says) => {
    expect(problems(value)).toContain(says);
  });
});
