/**
 * A message as HTML for programs that show mails: styles stand on the elements, as many of them drop
 * others, and there is nothing to load. What stands between the literal parts is escaped, always.
 */
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { MessageContent, MessageSection } from "./message-content.ts";

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
const BODY = `margin:0;padding:16px;${FONT};font-size:16px;line-height:1.5;color:#1d2524;background:#ffffff`;
const SHEET = "max-width:600px;margin:0 auto";
const H1 = "margin:0 0 8px;font-size:22px;line-height:1.25";
const H2 = "margin:20px 0 4px;font-size:16px";
const LIST = "margin:0;padding-left:20px";
const NAME =
  "padding:2px 12px 2px 0;text-align:left;vertical-align:top;font-weight:normal;color:#52605d";
const VALUE = "padding:2px 0;vertical-align:top";
const BUTTON =
  "display:inline-block;margin:20px 0;padding:12px 24px;border-radius:8px;background:#17594a;color:#ffffff;font-weight:600;text-decoration:none";
const SMALL = "margin:8px 0 0;font-size:13px;color:#52605d";

/** Texts are escaped by `hono/html`; this says that nothing but texts and markup goes in. */
type Part = string | HtmlEscapedString | readonly HtmlEscapedString[];

function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): HtmlEscapedString {
  return html(strings, ...parts) as HtmlEscapedString;
}

export function mailHtml(content: MessageContent, link: string): string {
  const { subject, headline, lead, sections, facts, button, footer } = content;
  const rows = facts.map(
    ([name, value]) =>
      markup`<tr><th scope="row" style="${NAME}">${name}</th><td style="${VALUE}"><bdi>${value}</bdi></td></tr>`,
  );
  const action =
    button === null
      ? ""
      : markup`<p style="margin:0"><a href="${link}" target="_blank" rel="noreferrer noopener" style="${BUTTON}">${button}</a></p>`;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light"><meta name="format-detection" content="telephone=no, email=no, address=no, date=no"><title>${subject}</title></head>
<body style="${BODY}"><div style="${SHEET}">
<h1 style="${H1}"><bdi>${headline}</bdi></h1>
<p style="margin:0">${lead}</p>
${sections.map(sectionMarkup)}
<h2 style="${H2}">At a glance</h2>
<table style="border-collapse:collapse;font-size:15px">${rows}</table>
${action}
${footer.map((line) => markup`<p style="${SMALL}">${line}</p>`)}
</div></body></html>
`.toString();
}

function sectionMarkup({ title, lines }: MessageSection): HtmlEscapedString {
  const items = lines.map((line) => markup`<li><bdi>${line}</bdi></li>`);
  return markup`<h2 style="${H2}">${title}</h2><ul style="${LIST}">${items}</ul>`;
}
