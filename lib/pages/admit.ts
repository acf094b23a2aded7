/**
 * Who comes with a link, and whether it is one. Links that are unknown, forged, past their end or revoked
 * get one answer, and the same questions are put to the store for each of them, so that neither what is
 * answered nor how long it takes tells whether there is such a request.
 */
import type { Context } from "hono";
import type { Approval } from "../runtime/approval/approval.ts";
import type { KeyRing, LinkKey } from "../runtime/approval/key-ring.ts";
import { type Link, verifyLink } from "../runtime/approval/link.ts";
import { countUse, hasRoom, type LinkRate } from "../runtime/approval/link-rate.ts";
import { isRevoked } from "../runtime/approval/revoke-link.ts";
import { RequestError } from "../runtime/errors.ts";
import { NO_SUCH_LINK, TOO_OFTEN } from "./message-page.ts";
import type { PageWorld } from "./page-world.ts";

export interface Admitted {
  readonly link: Link;
  readonly key: LinkKey;
  readonly ring: KeyRing;
  readonly approval: Approval;
  /** `/a/TOKEN`. */
  readonly path: string;
}

/** Stands for a link that is none. */
const NOBODY: Link = {
  request: "000000000000",
  approver: "nobody@example.com",
  level: 1,
  expiresAt: 0,
  nonce: "none",
  issuedAt: Number.POSITIVE_INFINITY,
};

const FIVE_MINUTES_S = 300;

/** Generous for people, who open a link a few times and decide once. */
function rateOf(link: Link): LinkRate {
  return { key: `link#${link.nonce}`, limit: 200, windowSeconds: FIVE_MINUTES_S };
}

/** Good links do not count here: many people may come from one address. */
function rateOfMisses(client: string): LinkRate {
  return { key: `misses#${networkOf(client)}`, limit: 60, windowSeconds: FIVE_MINUTES_S };
}

/** The token as it stands in the path: no other spelling of it is a link. */
export function tokenIn(context: Context): string {
  const [, token = ""] = /^\/a\/([^/?#]*)/.exec(new URL(context.req.raw.url).pathname) ?? [];
  return token;
}

/**
 * Counts the use of a good link, except of posts: those that decide are limited by that, and the others
 * are counted by `countRefusal`, so that nothing is written before a decision.
 */
export async function admit(context: Context, world: PageWorld): Promise<Admitted | Response> {
  const { desk, ports, keys, onRefused } = world;
  const misses = rateOfMisses(world.clientOf(context));
  const [ring, isWelcome] = await Promise.all([keys(), hasRoom(misses, ports)]);
  if (!isWelcome) return context.html(TOO_OFTEN, 429, { "retry-after": String(FIVE_MINUTES_S) });
  const token = tokenIn(context);
  const verified = verifyLink(token, { ring, now: world.now() });
  const link = "link" in verified ? verified.link : NOBODY;
  const [revoked, approval, isWithin] = await Promise.all([
    isRevoked(link, ports),
    desk.approvalFor(link.request, link.approver).catch(unknownAsUndefined),
    "link" in verified ? mayUse(rateOf(link), context, ports) : countUse(misses, ports),
  ]);
  const why = faultOf(verified, revoked, approval);
  if (why !== undefined || !approval || "fault" in verified) {
    if ("link" in verified) await countUse(misses, ports);
    onRefused?.({ what: "link", why: why ?? "unknown" });
    return context.html(NO_SUCH_LINK, 404);
  }
  if (!isWithin) return context.html(TOO_OFTEN, 429, { "retry-after": String(FIVE_MINUTES_S) });
  return { link, key: verified.key, ring, approval, path: `/a/${token}` };
}

function mayUse(rate: LinkRate, context: Context, ports: PageWorld["ports"]): Promise<boolean> {
  return context.req.method === "POST" ? hasRoom(rate, ports) : countUse(rate, ports);
}

/** A post that decided nothing. */
export async function countRefusal({ link }: Admitted, { ports }: PageWorld): Promise<void> {
  await countUse(rateOf(link), ports);
}

function faultOf(
  verified: ReturnType<typeof verifyLink>,
  revoked: boolean,
  approval: Approval | undefined,
): string | undefined {
  if ("fault" in verified) return verified.fault;
  if (revoked) return "revoked";
  if (!approval) return "no-request";
  // A link to a level that was not reached yet was never sent.
  return verified.link.level > approval.level ? "level" : undefined;
}

function unknownAsUndefined(error: unknown): undefined {
  if (error instanceof RequestError && error.code === "ApprovalNotFound") return undefined;
  throw error;
}

/** Of IPv6, the network that one customer gets: 64 bits. */
function networkOf(client: string): string {
  if (!client.includes(":") || client.includes(".")) return client;
  const [head = "", tail = ""] = client.toLowerCase().split("::");
  const left = head.split(":").filter((part) => part !== "");
  const right = tail.split(":").filter((part) => part !== "");
  const middle = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...middle, ...right].slice(0, 4).join(":");
}
