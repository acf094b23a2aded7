/** Mails and topics, by the SDK's own clients on the wire; keys of links in a secret, and their rotation. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { lazySecrets } from "../../lib/aws/lazy-secrets.ts";
import { lazySes } from "../../lib/aws/lazy-ses.ts";
import { lazySns } from "../../lib/aws/lazy-sns.ts";
import { ringOfSecret, secretKeys } from "../../lib/aws/link-keys.ts";
import { sesNotifier } from "../../lib/aws/notify-ses.ts";
import { snsNotifier } from "../../lib/aws/notify-sns.ts";
import { rotateLinkKeys } from "../../lib/aws/rotate-link-keys.ts";
import { signLink, verifyLink } from "../../lib/runtime/approval/link.ts";
import type { Message } from "../../lib/runtime/approval/notifier.ts";
import { publicView } from "../../lib/runtime/approval/stored-approval.ts";
import { renderMessage } from "../../lib/runtime/notify/render-message.ts";
import { storedApproval } from "../runtime/approval/approval-world.ts";
import {
  type Answered,
  type HttpFake,
  httpFake,
  type Received,
} from "../runtime/notify/http-fake.ts";

let server: HttpFake;
let answer: (received: Received) => Answered;

beforeEach(async () => {
  answer = () => ({ body: { MessageId: "m-1" } });
  server = await httpFake((received) => answer(received));
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  })) {
    vi.stubEnv(name, value);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const LINK = "https://approvals.example.com/a/token";

function message(to = "ada@example.com"): Message {
  const approval = publicView(storedApproval());
  return renderMessage({ kind: "request", approval, to, link: LINK });
}

describe("a mail", () => {
  const Mail = z.object({
    FromEmailAddress: z.string(),
    FromEmailAddressIdentityArn: z.string().optional(),
    Destination: z.strictObject({ ToAddresses: z.array(z.string()) }),
    Content: z.object({
      Simple: z.object({
        Subject: z.object({ Data: z.string(), Charset: z.literal("UTF-8") }),
        Body: z.object({
          Text: z.object({ Data: z.string() }),
          Html: z.object({ Data: z.string() }),
        }),
        Headers: z.array(z.object({ Name: z.string(), Value: z.string() })),
      }),
    }),
  });
  const notifier = () => sesNotifier({ from: "Approvals <approvals@example.com>" }, lazySes());

  it("has a text and an HTML part, and asks programs not to answer it", async () => {
    expect(await notifier().send(message(), "email")).toEqual({ reference: "m-1" });
    const [received] = server.received;
    expect([received?.method, received?.path]).toEqual(["POST", "/v2/email/outbound-emails"]);
    const { Content, ...rest } = Mail.parse(JSON.parse(received?.body ?? ""));
    expect(rest).toEqual({
      FromEmailAddress: "Approvals <approvals@example.com>",
      Destination: { ToAddresses: ["ada@example.com"] },
    });
    const { Subject, Body, Headers } = Content.Simple;
    expect(Subject.Data).toBe("Please decide: Allow these licences?");
    expect(Body.Text.Data).toContain(LINK);
    expect(Body.Html.Data).toContain(LINK);
    expect(Headers).toContainEqual({ Name: "Auto-Submitted", Value: "auto-generated" });
  });

  it("is sent with the identity that is named", async () => {
    const identity = "arn:aws:ses:us-east-1:111122223333:identity/example.com";
    await sesNotifier({ from: "approvals@example.com", identity }, lazySes()).send(
      message(),
      "email",
    );
    const sent = Mail.parse(JSON.parse(server.received[0]?.body ?? ""));
    expect(sent.FromEmailAddressIdentityArn).toBe(identity);
  });

  it.each([
    "legal",
    "a@b@c",
    "ada@example.com, eve@example.com",
    "ada@example.com\r\nBcc: eve@example.com",
    "Ada <ada@example.com>",
    "",
  ])("goes to one plain address, not to %j", async (to) => {
    await expect(notifier().send(message(to), "email")).rejects.toMatchObject({
      name: "NotifyFailed",
      retry: false,
      message: expect.stringContaining("no mail address"),
    });
    expect(server.received).toEqual([]);
  });

  it.each<[string, number, boolean]>([
    ["MessageRejected", 400, false],
    ["MailFromDomainNotVerifiedException", 400, false],
    ["SendingPausedException", 400, false],
    ["TooManyRequestsException", 429, true],
    ["InternalServiceErrorException", 500, true],
  ])("that SES refuses with %s is tried again: %s %s", async (type, status, retry) => {
    answer = () => ({ status, headers: { "x-amzn-errortype": type }, body: { message: "no" } });
    await expect(notifier().send(message(), "email")).rejects.toMatchObject({
      name: "NotifyFailed",
      retry,
    });
  });
});

describe("a message to a topic", () => {
  it("is a document, with attributes by which subscriptions are filtered", async () => {
    answer = () => ({
      headers: { "content-type": "text/xml" },
      body: "<PublishResponse><PublishResult><MessageId>m-2</MessageId></PublishResult></PublishResponse>",
    });
    const topic = "arn:aws:sns:us-east-1:111122223333:approvals";
    expect(await snsNotifier(topic, lazySns()).send(message(), "sns")).toEqual({
      reference: "m-2",
    });
    const sent = new URLSearchParams(server.received[0]?.body);
    expect(sent.get("TopicArn")).toBe(topic);
    expect(JSON.parse(sent.get("Message") ?? "")).toMatchObject({
      to: "ada@example.com",
      link: LINK,
    });
    const attributes = [...sent].filter(([name]) => name.startsWith("MessageAttributes"));
    expect(attributes.map(([, value]) => value)).toEqual(
      expect.arrayContaining(["to", "ada@example.com", "kind", "request"]),
    );
  });
});

describe("the keys of links", () => {
  const GENERATED = JSON.stringify({
    createdAt: "2000-01-01T00:00:00.000Z",
    generated: "g".repeat(64),
  });
  const now = new Date("2026-05-04T10:00:00.000Z");
  const link = { request: "0123456789ab", approver: "ada@example.com", level: 1, expiresAt: 2e9 };

  it("are what Secrets Manager has generated, the same for everybody who reads it", () => {
    const token = signLink(link, { ring: ringOfSecret(GENERATED), now });
    expect(verifyLink(token, { ring: ringOfSecret(GENERATED), now })).toHaveProperty("link");
    const other = ringOfSecret(GENERATED.replace("gg", "hh"));
    expect(verifyLink(token, { ring: other, now })).toEqual({ fault: "unknown-key" });
  });

  it("are taken up once they have changed", async () => {
    let text = GENERATED;
    const keys = secretKeys("arn", async () => text);
    const first = (await keys()).newest.id;
    expect(await keys()).toBe(await keys());
    text = GENERATED.replace("gg", "hh");
    expect((await keys()).newest.id).not.toBe(first);
  });

  it("that cannot be read are told without a word of them", () => {
    expect(() => ringOfSecret('{"keys":["very secret"]}')).toThrow(TypeError);
    expect(() => ringOfSecret('{"keys":["very secret"]}')).not.toThrow(/very secret/);
  });

  it("rotate: links of the key before go on working, those of the one before that do not", async () => {
    const secret = secretsManager(GENERATED);
    answer = secret.answer;
    const old = signLink(link, { ring: ringOfSecret(GENERATED), now });
    await rotate("version-2");
    const second = ringOfSecret(secret.current());
    expect(verifyLink(old, { ring: second, now })).toHaveProperty("link");
    const newer = signLink(link, { ring: second, now });
    expect(newer.split(".")[1]).not.toBe(old.split(".")[1]);
    await rotate("version-3");
    const third = ringOfSecret(secret.current());
    expect(verifyLink(newer, { ring: third, now })).toHaveProperty("link");
    expect(verifyLink(old, { ring: third, now })).toEqual({ fault: "unknown-key" });
  });

  it("rotate once, although each step may come twice", async () => {
    const secret = secretsManager(GENERATED);
    answer = secret.answer;
    await rotate("version-2", 2);
    expect(secret.writes()).toBe(1);
  });

  async function rotate(version: string, times = 1): Promise<void> {
    for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
      for (let time = 0; time < times; time += 1) {
        const step = { Step, SecretId: "arn:secret", ClientRequestToken: version };
        await rotateLinkKeys(step, lazySecrets(), now);
      }
    }
  }
});

/** Versions of one secret and their stages, as Secrets Manager keeps them. */
function secretsManager(first: string) {
  const texts = new Map([["version-1", first]]);
  const stages = new Map([["AWSCURRENT", "version-1"]]);
  let writes = 0;
  const Request = z.object({
    VersionId: z.string().optional(),
    VersionStage: z.string().optional(),
    VersionStages: z.array(z.string()).optional(),
    ClientRequestToken: z.string().optional(),
    SecretString: z.string().optional(),
    MoveToVersionId: z.string().optional(),
    RemoveFromVersionId: z.string().optional(),
  });
  const answerTo = ({ headers, body }: Received): Answered => {
    const request = Request.parse(JSON.parse(body));
    const stage = request.VersionStage ?? "AWSCURRENT";
    switch (String(headers["x-amz-target"]).replace("secretsmanager.", "")) {
      case "GetSecretValue": {
        const version = stages.get(stage);
        const isAsked = request.VersionId === undefined || request.VersionId === version;
        const text = version !== undefined && isAsked ? texts.get(version) : undefined;
        if (text === undefined) {
          return { status: 400, body: { __type: "ResourceNotFoundException", message: "none" } };
        }
        return { body: { VersionId: version, SecretString: text } };
      }
      case "PutSecretValue": {
        writes += 1;
        const version = request.ClientRequestToken ?? "";
        texts.set(version, request.SecretString ?? "");
        for (const one of request.VersionStages ?? []) stages.set(one, version);
        return { body: { VersionId: version } };
      }
      case "UpdateSecretVersionStage": {
        if (stages.get(stage) !== request.RemoveFromVersionId) {
          return { status: 400, body: { __type: "InvalidParameterException", message: "stage" } };
        }
        stages.set(stage, request.MoveToVersionId ?? "");
        return { body: {} };
      }
      default:
        return { status: 400, body: { __type: "InvalidAction" } };
    }
  };
  return {
    answer: answerTo,
    current: () => texts.get(stages.get("AWSCURRENT") ?? "") ?? "",
    writes: () => writes,
  };
}
