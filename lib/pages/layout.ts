/** The frame of every page. */
import { html, type Markup, nothing } from "./markup.ts";
import { STYLE_INTEGRITY, STYLE_PATH } from "./style.ts";
import { plainText } from "./visible-text.ts";

export interface Frame {
  readonly title: string;
  readonly main: Markup;
  /** For tables. */
  readonly isWide?: boolean | undefined;
  /** Above the content: who is signed in, and the like. */
  readonly head?: Markup | undefined;
  /** Where the link for people without a mouse leads, an id on the page. */
  readonly skipTo?: { readonly id: string; readonly text: string } | undefined;
}

export function pageOf({ title, main, head = nothing, skipTo, isWide = false }: Frame): Markup {
  const skip = skipTo
    ? html`<a class="skip" href="#${skipTo.id}">${skipTo.text}</a>`
    : html`<a class="skip" href="#main">To the content</a>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no, email=no, address=no, date=no">
<title>${plainText(title)}</title>
<link rel="stylesheet" href="${STYLE_PATH}" integrity="${STYLE_INTEGRITY}">
</head>
<body${isWide && html` class="wide"`}>
${skip}
<header><span class="brand">Espalier</span>${head}</header>
<main id="main" tabindex="-1">
${main}
</main>
</body>
</html>
`;
}
