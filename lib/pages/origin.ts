/** Where the pages are reached, and whether a request was made by one of them. */
import type { Context } from "hono";

/** `https://approvals.example.com`: the first is the one that is written into what leads back here. */
export type Origins = readonly [string, ...string[]];

/** A name that somebody has pointed at this address is none of ours (DNS rebinding). */
export function isOwnHost(context: Context, origins: Origins): boolean {
  const host = (context.req.header("host") ?? "").toLowerCase();
  return origins.some((origin) => new URL(origin).host === host);
}

/**
 * Whether a browser says that another site made the request. Both headers are written by browsers and
 * cannot be set by pages. `Origin: null` is what browsers send along with `no-referrer`, so alone it says
 * nothing; a browser so old that it sends no `Sec-Fetch-Site` is held by the cookie and the mark.
 */
export function isForeign(context: Context, origins: Origins): boolean {
  const site = context.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return true;
  const origin = context.req.header("origin");
  return origin !== undefined && origin !== "null" && !origins.includes(origin);
}
