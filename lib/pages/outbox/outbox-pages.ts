/**
 * What the local runtime would have sent, and what it has sent to this machine: `/outbox` lists it, `/outbox/ID` shows one message. A mail's
 * HTML is shown as a mail program would, in a frame that runs nothing and loads nothing.
 */
import { type Context, Hono } from "hono";
import type { KeySource } from "../../runtime/approval/key-ring.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { pageOf } from "../layout.ts";
import { html, type Markup, nothing } from "../markup.ts";
import { messagePage } from "../message-page.ts";
import { isOwnHost, type Origins } from "../origin.ts";
import { sessionOf } from "../session.ts";
import { timeMarkup } from "../time-text.ts";
import { visibleText } from "../visible-text.ts";

export interface OutboxEntry {
  readonly id: string;
  readonly at: string;
  readonly channel: string;
  readonly kind: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly link: string;
  readonly delivery: {
    readonly from?: string | undefined;
    readonly at?: string | undefined;
    readonly document?: JsonObject | undefined;
    readonly sent?: boolean | undefined;
  };
}

export interface OutboxWorld {
  /** Newest first. */
  readonly list: () => Promise<readonly OutboxEntry[]>;
  readonly read: (id: string) => Promise<OutboxEntry | undefined>;
  readonly keys: KeySource;
  readonly origins: () => Origins;
  readonly now: () => Date;
}

const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex",
} as const;

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** In a sandbox, and so of no origin of ours: only its link works, in a window of its own. */
const MAIL_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

export function outboxPages(world: OutboxWorld): Hono {
  const app = new Hono();
  app.use("/outbox/*", (context, next) => admit(context, next, world));
  app.get("/outbox", async (context) => answer(context, listPage(await world.list(), world.now())));
  app.get("/outbox/:id", async (context) => {
    const entry = await world.read(context.req.param("id"));
    return entry ? answer(context, messageView(entry, world.now())) : missing(context);
  });
  app.get("/outbox/:id/html", async (context) => {
    const entry = await world.read(context.req.param("id"));
    if (!entry) return missing(context);
    return context.html(entry.html, 200, { ...HEADERS, "content-security-policy": MAIL_POLICY });
  });
  return app;
}

/** The messages hold links of everybody: they are for whoever runs the runtime. */
async function admit(
  context: Context,
  next: () => Promise<void>,
  { keys, now, origins }: OutboxWorld,
): Promise<Response | undefined> {
  if (!isOwnHost(context, origins())) return missing(context);
  const session = sessionOf(context, { ring: await keys(), now: now(), isSecure: false });
  if (session?.seesAll) {
    await next();
    return undefined;
  }
  const page = messagePage(
    "Not without the link",
    "Open the link that `espalier dev` has printed; then come back.",
  );
  return answer(context, page, 403);
}

function answer(
  context: Context,
  page: Markup,
  status: 200 | 403 | 404 = 200,
): Response | Promise<Response> {
  return context.html(page, status, { ...HEADERS, "content-security-policy": PAGE_POLICY });
}

function missing(context: Context): Response | Promise<Response> {
  return answer(context, messagePage("No such message", "It is not in the outbox."), 404);
}

function listPage(entries: readonly OutboxEntry[], now: Date): Markup {
  const rows = entries.map(
    ({ id, at, channel, to, subject, delivery }) =>
      html`<tr><th scope="row"><a href="/outbox/${id}">${visibleText(subject)}</a></th><td data-name="To">${visibleText(to)}</td><td data-name="By">${channel}${delivery.sent && ", sent"}</td><td data-name="At">${timeMarkup(at, { now })}</td></tr>`,
  );
  const sent = entries.some(({ delivery }) => delivery.sent)
    ? "Nothing has left this machine."
    : "Nothing was sent.";
  const table = html`<table><caption>Newest first. ${sent}</caption><thead><tr><th scope="col">Message</th><th scope="col">To</th><th scope="col">By</th><th scope="col">At</th></tr></thead><tbody>${rows}</tbody></table>`;
  return pageOf({
    title: "Outbox",
    main: html`<h1>Outbox</h1>${entries.length === 0 ? html`<p>There are no messages yet.</p>` : table}<p><a href="/queue">Open requests</a></p>`,
  });
}

function messageView(entry: OutboxEntry, now: Date): Markup {
  const { id, at, channel, to, subject, text, link, delivery } = entry;
  const { from, at: target, document } = delivery;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["From", from],
    ["To", to],
    ["By", channel],
    [delivery.sent ? "Sent to" : "Would go to", target],
  ];
  const rows = facts.map(([name, value]) =>
    value === undefined ? nothing : html`<div><dt>${name}</dt><dd>${visibleText(value)}</dd></div>`,
  );
  return pageOf({
    title: subject,
    main: html`<h1>${visibleText(subject)}</h1>
<dl class="facts">${rows}<div><dt>At</dt><dd>${timeMarkup(at, { now })}</dd></div></dl>
${link === "" ? nothing : html`<p><a class="button" href="${link}">Open the link of this message</a></p>`}
${document === undefined ? nothing : html`<h2>As the channel gets it</h2><pre class="text">${visibleText(JSON.stringify(document, null, 2))}</pre>`}
<h2>As text</h2><p class="text">${visibleText(text)}</p>
${document === undefined ? htmlView(id) : nothing}
<p><a href="/outbox">Outbox</a></p>`,
  });
}

/** Of mails; other channels have no HTML. */
function htmlView(id: string): Markup {
  return html`<h2>As HTML</h2><iframe class="mail" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" width="100%" height="640" src="/outbox/${id}/html" title="The message as HTML"></iframe>`;
}
