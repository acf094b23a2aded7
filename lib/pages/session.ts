/** Who is signed in: a signed cookie. Nothing is stored, so a session ends by its time, or in the browser. */
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
const PURPOSE = "session";
const MAX_LENGTH = 2048;

const Body = z.strictObject({
  email: z.string().min(1).max(254),
  subject: z.string().min(1).max(255).nullable(),
  all: z.boolean(),
  end: z.int(),
});

export function sessionText(session: Session, ring: KeyRing, now: Date): string {
  const { email, subject, seesAll } = session;
  const end = Math.floor(now.getTime() / 1000) + SESSION_S;
  return signText(PURPOSE, { email, subject, all: seesAll, end }, ring);
}

export function readSessionText(text: string, ring: KeyRing, now: Date): Session | undefined {
  const signed = readSigned(PURPOSE, text, { ring, maxLength: MAX_LENGTH });
  const read = Body.safeParse("body" in signed ? signed.body : undefined);
  if (!read.success || now.getTime() >= read.data.end * 1000) return undefined;
  const { email, subject, all } = read.data;
  return { email, subject, seesAll: all };
}

interface Place {
  readonly ring: KeyRing;
  readonly now: Date;
  readonly isSecure: boolean;
}

export function sessionOf(context: Context, { ring, now, isSecure }: Place): Session | undefined {
  return readSessionText(getCookie(context, nameFor(isSecure)) ?? "", ring, now);
}

/** Lax: the browser comes back from the issuer's site. Posting wants the link's own strict cookie as well. */
export function setSession(
  context: Context,
  session: Session,
  { ring, now, isSecure }: Place,
): void {
  setCookie(context, nameFor(isSecure), sessionText(session, ring, now), {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure,
    maxAge: SESSION_S,
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
  const end = Math.floor(now.getTime() / 1000) + ENTRY_S;
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
