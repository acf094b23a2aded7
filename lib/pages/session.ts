/**
 * Who is signed in: a signed cookie. Nothing is stored, so a session ends by its times, or in the browser:
 * `SESSION_S` after it began whatever happens, `IDLE_S` after its last use, and with the key that signed it.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import type { KeyRing } from "../runtime/approval/key-ring.ts";
import { readSigned, signText } from "../runtime/approval/signed-text.ts";

export interface Session {
  /** Normalised address. */
  readonly email: string;
  /** Subject at the issuer; null: who opened the local runtime's own link. */
  readonly subject: string | null;
  /** Whether the person sees all requests, and not only those that wait for them. */
  readonly seesAll: boolean;
}

/** A working day. */
export const SESSION_S = 8 * 3600;
/** A browser that nobody sits at any more. */
export const IDLE_S = 3600;
/** How often a session that is in use gets a new cookie, at most. */
const RENEW_S = 300;
const PURPOSE = "session";
const MAX_LENGTH = 2048;

const Body = z.strictObject({
  email: z.string().min(1).max(254),
  subject: z.string().min(1).max(255).nullable(),
  all: z.boolean(),
  /** Unix seconds, as the next. */
  end: z.int(),
  idle: z.int(),
});

/** `end`: when it ends at the latest, in Unix seconds; of a session that goes on, what it was. */
export function sessionText(
  { email, subject, seesAll }: Session,
  ring: KeyRing,
  now: Date,
  end = secondsOf(now) + SESSION_S,
): string {
  const body = { email, subject, all: seesAll, end, idle: secondsOf(now) + IDLE_S };
  return signText(PURPOSE, body, ring);
}

function readSession(text: string, ring: KeyRing, now: Date): z.infer<typeof Body> | undefined {
  const signed = readSigned(PURPOSE, text, { ring, maxLength: MAX_LENGTH });
  const read = Body.safeParse("body" in signed ? signed.body : undefined);
  if (!read.success) return undefined;
  const { end, idle } = read.data;
  return now.getTime() < Math.min(end, idle) * 1000 ? read.data : undefined;
}

interface Place {
  readonly ring: KeyRing;
  readonly now: Date;
  readonly isSecure: boolean;
}

/** Being asked for is being used: the answer of `context` puts the end of idling off. */
export function sessionOf(context: Context, place: Place): Session | undefined {
  const { ring, now, isSecure } = place;
  const read = readSession(getCookie(context, nameFor(isSecure)) ?? "", ring, now);
  if (!read) return undefined;
  const { email, subject, all, end, idle } = read;
  const session = { email, subject, seesAll: all };
  const isFresh = idle - secondsOf(now) > IDLE_S - RENEW_S;
  if (!isFresh) setSession(context, session, place, end);
  return session;
}

/** Lax: the browser comes back from the issuer's site. Posting wants the link's own strict cookie as well. */
export function setSession(
  context: Context,
  session: Session,
  { ring, now, isSecure }: Place,
  end = secondsOf(now) + SESSION_S,
): void {
  setCookie(context, nameFor(isSecure), sessionText(session, ring, now, end), {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure,
    maxAge: end - secondsOf(now),
  });
}

export function endSession(context: Context, { isSecure }: Pick<Place, "isSecure">): void {
  deleteCookie(context, nameFor(isSecure), { path: "/", secure: isSecure });
}

function nameFor(isSecure: boolean): string {
  return isSecure ? "__Host-espalier-session" : "espalier-session";
}

const ENTRY = "entry";
/** A week: as long as somebody leaves a local runtime running. */
const ENTRY_S = 7 * 24 * 3600;
const Entry = z.strictObject({ email: z.string().min(1).max(254), end: z.int() });

/** A link for whoever runs the runtime themselves: it opens the queue, and all that waits there. */
export function entryPath(email: string, { ring, now }: Pick<Place, "ring" | "now">): string {
  const end = secondsOf(now) + ENTRY_S;
  return `/in/${signText(ENTRY, { email, end }, ring)}`;
}

export function readEntry(
  text: string,
  { ring, now }: Pick<Place, "ring" | "now">,
): Session | undefined {
  const signed = readSigned(ENTRY, text, { ring, maxLength: MAX_LENGTH });
  const read = Entry.safeParse("body" in signed ? signed.body : undefined);
  if (!read.success || now.getTime() >= read.data.end * 1000) return undefined;
  return { email: read.data.email, subject: null, seesAll: true };
}

function secondsOf(now: Date): number {
  return Math.floor(now.getTime() / 1000);
}
