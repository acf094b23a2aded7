/**
 * Links to approvals: `/a/TOKEN`. A link is for one approver, one request and one level, and ends. It
 * holds a signed reference (`signed-text.ts`), never the task token: `r` request, `a` address of the
 * approver, `l` level, `e` end in Unix seconds, `n` nonce, whose first six bytes are the time of signing.
 */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { type Approval, normaliseAddress } from "./approval.ts";
import type { KeyRing, LinkKey } from "./key-ring.ts";
import { readSigned, type SignedFault, signText } from "./signed-text.ts";

export interface Link {
  /** Id of the approval. */
  readonly request: string;
  /** Normalised address of the person whom it was sent to. */
  readonly approver: string;
  /** For which it was made; counts from 1. */
  readonly level: number;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** Unique. */
  readonly nonce: string;
  /** When it was signed, in Unix milliseconds. */
  readonly issuedAt: number;
}

const PURPOSE = "v1";
/** Longer than any that is made: a request's id is short, and an address ends at 254 characters. */
const MAX_LENGTH = 1024;
const NONCE_BYTES = 16;
const TIME_BYTES = 6;

/** A link works on for so long after its deadline, to show what became of the request. */
const AFTER_DEADLINE_S = 24 * 3600;
/** However late the deadline: reminders bring new links. */
const LONGEST_S = 31 * 24 * 3600;
/** Where nothing ends the wait. */
const WITHOUT_DEADLINE_S = 7 * 24 * 3600;

const Body = z.strictObject({
  r: z.string().min(1).max(64),
  a: z.string().min(1).max(254),
  e: z.int().positive(),
  n: z.string().length(Math.ceil((NONCE_BYTES * 4) / 3)),
  l: z.int().min(1).max(1000),
});

interface Signing {
  readonly ring: KeyRing;
  readonly now: Date;
}

/** When a link that is made now is to end, in Unix seconds. */
export function linkEnd(deadline: string | null, now: Date): number {
  const from = Math.floor(now.getTime() / 1000);
  if (deadline === null) return from + WITHOUT_DEADLINE_S;
  const end = Math.ceil(Date.parse(deadline) / 1000) + AFTER_DEADLINE_S;
  return Math.min(end, from + LONGEST_S);
}

/** The path of a link for this approver of the request as it stands: `/a/TOKEN`. */
export function linkPath(
  { id: request, level, deadline }: Pick<Approval, "id" | "deadline" | "level">,
  approver: string,
  signing: Signing,
): string {
  const expiresAt = linkEnd(deadline, signing.now);
  return `/a/${signLink({ request, approver, level, expiresAt }, signing)}`;
}

/** A token with a nonce of its own. Throws `RangeError` if request or address are too long. */
export function signLink(
  link: Pick<Link, "request" | "approver" | "level" | "expiresAt">,
  { ring, now }: Signing,
): string {
  const body = Body.safeParse({
    r: link.request,
    a: normaliseAddress(link.approver),
    e: link.expiresAt,
    n: makeNonce(now),
    l: link.level,
  });
  if (!body.success) throw new RangeError(`No link can be made: ${z.prettifyError(body.error)}`);
  return signText(PURPOSE, body.data, ring);
}

/** Why a token is no link; for the log, never for whoever sent it. */
export type LinkFault = SignedFault | "expired";

/** Reads a token. Whoever answers does so in the same way, whatever is wrong with it. */
export function verifyLink(
  token: string,
  { ring, now }: Signing,
): { readonly link: Link; readonly key: LinkKey } | { readonly fault: LinkFault } {
  const signed = readSigned(PURPOSE, token, { ring, maxLength: MAX_LENGTH });
  if ("fault" in signed) return signed;
  const read = Body.safeParse(signed.body);
  if (!read.success) return { fault: "malformed" };
  const { r: request, a: approver, e: expiresAt, n: nonce, l: level } = read.data;
  if (now.getTime() >= expiresAt * 1000) return { fault: "expired" };
  const issuedAt = Buffer.from(nonce, "base64url").readUIntBE(0, TIME_BYTES);
  return { link: { request, approver, level, expiresAt, nonce, issuedAt }, key: signed.key };
}

function makeNonce(now: Date): string {
  const nonce = randomBytes(NONCE_BYTES);
  nonce.writeUIntBE(now.getTime(), 0, TIME_BYTES);
  return nonce.toString("base64url");
}
