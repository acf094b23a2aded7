/** `notify` of an environment: by what approvers are told, and where their pages are reached. */
import { z } from "zod";
import { issue } from "../issue.ts";
import { quoted } from "../quoted.ts";
import { SecretReference } from "./secret-reference.ts";

const Arn = (service: string, rest: string) =>
  z
    .string()
    .regex(
      new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]+:\\d{12}:${rest}$`),
      `Write the ARN, arn:aws:${service}:REGION:ACCOUNT:…`,
    );

/** `a@example.com`, or `Name <a@example.com>`; nothing that could begin another header. */
const From = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9 ._-]{1,60} <[^\s@<>,;"]{1,64}@[A-Za-z0-9.-]{1,190}>|[^\s@<>,;"]{1,64}@[A-Za-z0-9.-]{1,190})$/,
    "Write an address, approvals@example.com or Approvals <approvals@example.com>.",
  );

const Email = z.strictObject({
  from: From.describe("Sender of the mails: verified in SES, or of a verified domain."),
  identity: Arn("ses", "identity/.+")
    .optional()
    .describe("Identity that is sent with; absent: the domain of `from`, in this account."),
});

const SlackId = (letters: string, example: string) =>
  z.string().regex(new RegExp(`^[${letters}][A-Z0-9]{2,20}$`), `Write Slack's id, ${example}.`);

const Slack = z.strictObject({
  token: SecretReference.describe("The bot's token, xoxb-…"),
  signingSecret: SecretReference.describe("What Slack signs its requests with."),
  channel: SlackId("CG", "C0123456789")
    .optional()
    .describe("Where messages go; absent: to each person. In a channel they hold no link."),
  users: z
    .record(z.string().min(1), SlackId("UW", "U0123456789"))
    .describe("Slack users by address: whom a message reaches, and who has pressed a button."),
});

/** On this machine, anything; anywhere else only over TLS. */
const SafeUrl = (what: string) =>
  z.string().check((ctx) => {
    if (URL.canParse(ctx.value)) {
      const { protocol, hostname, username, password } = new URL(ctx.value);
      const isSafe = protocol === "https:" || (protocol === "http:" && hostname === "127.0.0.1");
      if (isSafe && username === "" && password === "") return;
    }
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP204",
        message: `${quoted(ctx.value)} is no ${what}`,
        hint: "Write https://… without a name or password (http only for 127.0.0.1).",
      }),
    );
  });

const Webhook = z.strictObject({
  url: SafeUrl("address that messages are sent to"),
  secret: SecretReference.describe("What the requests are signed with."),
});

const Pages = z
  .strictObject({
    domain: z
      .string()
      .regex(
        /^(?=.{4,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/,
        "Write a name such as approvals.example.com.",
      )
      .optional()
      .describe("Name of one's own; absent: the name that API Gateway gives."),
    certificate: Arn("acm", "certificate/.+")
      .optional()
      .describe("Of the name, in the region of the environment."),
  })
  .check((ctx) => {
    const { domain, certificate } = ctx.value;
    if ((domain === undefined) === (certificate === undefined)) return;
    const missing = domain === undefined ? "domain" : "certificate";
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP202",
        message: `domain and certificate belong together: ${missing} is missing here`,
        hint: "Leave both out to use the name that API Gateway gives.",
      }),
    );
  });

const SignIn = z.strictObject({
  issuer: SafeUrl("issuer")
    .regex(/^[^\s?#]+$/, "Write the issuer's URL, https://…, without ? and #.")
    .describe("OpenID Connect issuer."),
  clientId: z.string().min(1).max(255),
  clientSecret: SecretReference.optional().describe("Absent: a client without one."),
  trustsEmail: z
    .boolean()
    .optional()
    .describe(
      "The issuer knows the addresses of its people, and does not say so in email_verified.",
    ),
});

export const NotifySettings = z
  .strictObject({
    email: Email.optional(),
    slack: Slack.optional(),
    webhook: Webhook.optional(),
    sns: z.strictObject({ topic: Arn("sns", ".+") }).optional(),
    pages: Pages.optional(),
    signIn: SignIn.optional(),
  })
  .check((ctx) => {
    const users = Object.entries(ctx.value.slack?.users ?? {});
    for (const [index, [address, user]] of users.entries()) {
      const other = users.slice(0, index).find(([, one]) => one === user);
      if (!other) continue;
      ctx.issues.push(
        issue(
          ctx.value,
          {
            code: "ESP204",
            message: `${quoted(user)} is the Slack user of ${quoted(other[0])} already`,
            hint: "One user is one person: who has decided has to be told apart.",
          },
          ["slack", "users", address],
        ),
      );
    }
  });
export type NotifySettings = z.infer<typeof NotifySettings>;
