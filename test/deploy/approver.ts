/** An approver: reads the mail that SES was given, opens its link, and decides on the page. */
import { request } from "node:http";
import * as z from "zod";
import type { Aws } from "./aws.ts";
import type { Report } from "./report.ts";
import { until } from "./until.ts";

const Mail = z.object({
  To: z.array(z.string()),
  Source: z.string(),
  Subject: z.string(),
  BodyText: z.string(),
  BodyHtml: z.string().nullable(),
});
export type Mail = z.infer<typeof Mail>;

/** Mails that SES was given in this account, oldest first. */
export async function sentMails(emulator: string): Promise<readonly Mail[]> {
  const answer = await fetch(`${emulator}/_ministack/ses/messages`);
  const Answer = z.object({ messages: z.record(z.string(), z.array(Mail)) });
  const { messages } = Answer.parse(await answer.json());
  return Object.values(messages).flat();
}

export function awaitMail(
  { endpoint }: Aws,
  what: string,
  matches: (mail: Mail) => boolean,
): Promise<Mail> {
  return until(`the mail ${what}`, async () => (await sentMails(endpoint)).findLast(matches));
}

export function linkIn({ BodyText }: Mail): string {
  const [link, ...others] = BodyText.match(/https:\/\/\S+\/a\/\S+/g) ?? [];
  if (link === undefined || others.length > 0) throw new Error(`Not one link: ${BodyText}`);
  return link;
}

export interface Page {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly cookies: readonly string[];
  readonly body: string;
}

/**
 * Asks the HTTP API for a page. Its name leads to AWS, so that the way to it is the emulator's: by the
 * API's id in the path. What the function is told of host and path is what AWS would tell it.
 */
export function ask(
  { endpoint }: Aws,
  link: string,
  { method = "GET", headers = {}, body }: Asked = {},
): Promise<Page> {
  const { host, pathname } = new URL(link);
  const [api = ""] = host.split(".");
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const path = `/_aws/execute-api/${api}/$default${pathname}`;
    const sent = request(
      { hostname, port, method, path, headers: { ...headers, host } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.once("error", reject);
        answer.once("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            cookies: answer.headers["set-cookie"] ?? [],
            body: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

interface Asked {
  readonly method?: "GET" | "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Opens the link, as a program that looks at links would, and then as the person, who decides. */
export async function decideByLink(
  aws: Aws,
  link: string,
  fields: Readonly<Record<string, string>>,
  report: Report,
): Promise<void> {
  const page = await ask(aws, link);
  report.equal("the link shows the request", page.status, 200);
  report.check(
    "and is kept, framed and told to nobody",
    String(page.headers["cache-control"]).includes("no-store") &&
      String(page.headers["content-security-policy"]).includes("frame-ancestors 'none'") &&
      page.headers["referrer-policy"] === "no-referrer",
    page.headers,
  );
  const hidden = (name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? "";
  const body = new URLSearchParams({
    mark: hidden("mark"),
    evidence: hidden("evidence"),
    ...fields,
  }).toString();
  const form = {
    "content-type": "application/x-www-form-urlencoded",
    origin: new URL(link).origin,
  };
  const foreign = await ask(aws, link, { method: "POST", headers: form, body });
  report.equal("a form without the page's cookie decides nothing", foreign.status, 403);
  const cookie = page.cookies.map((one) => one.split(";")[0]).join("; ");
  const decided = await ask(aws, link, { method: "POST", headers: { ...form, cookie }, body });
  report.equal("the form of the page decides, and leads back to it", decided.status, 303);
  const after = await ask(aws, link);
  report.check("which says that it is decided", after.body.includes("pproved"), after.body);
}
