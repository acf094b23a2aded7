/** Pages that say one thing. */
import { pageOf } from "./layout.ts";
import { html, type Markup, nothing } from "./markup.ts";

/**
 * The one answer for links that are unknown, forged, revoked, or past their end, and for paths that lead
 * nowhere: always these bytes, so that nobody learns which it was.
 */
export const NO_SUCH_LINK: Markup = pageOf({
  title: "This link does not work",
  main: html`<h1>This link does not work</h1>
<p>It may have ended, or been copied without its last letters. Open it again from the newest message that you got, or ask whoever runs the workflow.</p>`,
});

export const TOO_OFTEN: Markup = pageOf({
  title: "Too often",
  main: html`<h1>Too often</h1>
<p>Links were opened too often from here. Wait for a few minutes, then open yours again.</p>`,
});

export const BROKEN: Markup = pageOf({
  title: "That did not work",
  main: html`<h1>That did not work</h1>
<p>The fault is not yours. If you have just decided, open the link again in a minute: it shows whether your decision has arrived.</p>`,
});

export function messagePage(title: string, text: string, further: Markup = nothing): Markup {
  return pageOf({ title, main: html`<h1>${title}</h1>\n<p>${text}</p>\n${further}` });
}
