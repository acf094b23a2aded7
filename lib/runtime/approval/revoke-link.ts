/**
 * Links that count no longer, although they are signed and not yet at their end. Access patterns:
 *
 * | question                         | where                                     |
 * | -------------------------------- | ----------------------------------------- |
 * | what of a request is revoked     | `link-revoked#REQUEST` / `all`, `approver#ADDRESS`, `nonce#NONCE` |
 */
import type { Ports } from "../ports.ts";
import { normaliseAddress } from "./approval.ts";
import type { Link } from "./link.ts";

/** All links of a request, those of one approver, or a single one. */
export type Revoked =
  | { readonly request: string }
  | { readonly request: string; readonly approver: string }
  | { readonly request: string; readonly nonce: string };

/** As long as the longest link lives, and a day for clocks that differ. */
const KEEP_S = 32 * 24 * 3600;

/**
 * Ends links that were signed up to now; links that are made later work. Doing so again moves the time
 * on, and is fine.
 */
export async function revokeLinks(
  revoked: Revoked,
  by: string,
  { records, clock }: Pick<Ports, "records" | "clock">,
): Promise<void> {
  const now = clock.now();
  await records.put({
    key: { partition: partitionOf(revoked.request), sort: sortOf(revoked) },
    data: { at: now.getTime(), by },
    expiresAt: Math.ceil(now.getTime() / 1000) + KEEP_S,
  });
}

/** Whether the link, its approver's links or all of its request were revoked after it was signed. */
export async function isRevoked(
  link: Pick<Link, "request" | "approver" | "nonce" | "issuedAt">,
  { records }: Pick<Ports, "records">,
): Promise<boolean> {
  const { request, approver, nonce, issuedAt } = link;
  const asked: Revoked[] = [{ request }, { request, approver }, { request, nonce }];
  const partition = partitionOf(request);
  const found = await Promise.all(
    asked.map((revoked) => records.get({ partition, sort: sortOf(revoked) })),
  );
  return found.some((item) => item !== undefined && Number(item.data.at) >= issuedAt);
}

function partitionOf(request: string): string {
  return `link-revoked#${request}`;
}

function sortOf(revoked: Revoked): string {
  if ("nonce" in revoked) return `nonce#${revoked.nonce}`;
  if ("approver" in revoked) return `approver#${normaliseAddress(revoked.approver)}`;
  return "all";
}
