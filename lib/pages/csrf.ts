/**
 * Only the page of a link can decide by it: the form carries a mark, the browser a cookie that it sends to
 * this site alone, and both belong to the link. They are made from the link's nonce and its key, so that
 * nothing is stored, and two tabs with the same link do not disturb each other. Whoever can compute them
 * holds the link anyway; a site that makes a browser post has neither.
 */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { LinkKey } from "../runtime/approval/key-ring.ts";
import type { Link } from "../runtime/approval/link.ts";
import { isSameMark, markOf } from "../runtime/approval/signed-text.ts";

interface Opened {
  readonly link: Pick<Link, "nonce" | "expiresAt">;
  readonly key: LinkKey;
}

export function formMark({ link, key }: Opened): string {
  return markOf("form", link.nonce, key);
}

export function setLinkCookie(
  context: Context,
  opened: Opened,
  place: { readonly path: string; readonly isSecure: boolean; readonly now: Date },
): void {
  const left = opened.link.expiresAt - Math.floor(place.now.getTime() / 1000);
  setCookie(context, nameFor(place), cookieValue(opened), {
    path: place.path,
    httpOnly: true,
    sameSite: "Strict",
    secure: place.isSecure,
    maxAge: Math.max(1, Math.min(left, 24 * 3600)),
  });
}

/** Whether the browser was here before, with this link. */
export function hasLinkCookie(
  context: Context,
  opened: Opened,
  place: { readonly isSecure: boolean },
): boolean {
  return isSameMark(getCookie(context, nameFor(place)) ?? "", cookieValue(opened));
}

function cookieValue({ link, key }: Opened): string {
  return markOf("cookie", link.nonce, key);
}

/** The prefix keeps other hosts of the domain from setting it over plain HTTP. */
function nameFor({ isSecure }: { readonly isSecure: boolean }): string {
  return isSecure ? "__Secure-espalier-link" : "espalier-link";
}
