/**
 * HTML by construction: what stands between the literal parts is escaped, always. Nothing here takes a
 * text for markup, so what a model or a document says stays text.
 */
import { html as fill } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Markup = HtmlEscapedString;

/** Objects are left out on purpose: a value that somebody else has made is no part of a page as it is. */
export type Part = string | number | false | null | undefined | Markup | readonly Markup[];

/** Texts are escaped for element content and for attributes in double quotes; numbers are written. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return fill(strings, ...parts) as Markup;
}

export const nothing: Markup = html``;

/** The same, one after the other. */
export function join(parts: readonly Markup[]): Markup {
  return html`${parts}`;
}
