/**
 * Small documents that go out into the world and come back, signed: `PURPOSE.KEY.BODY.SIGNATURE`. BODY
 * is JSON in base64url; SIGNATURE is HMAC-SHA-256 over all that stands before it, with the key of the
 * ring that KEY names. The purpose is signed too, so that no text stands for one of another purpose.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { KeyRing, LinkKey } from "./key-ring.ts";

/** Why a text is none of ours; for the log, never for whoever sent it. */
export type SignedFault = "malformed" | "unknown-key" | "forged";

/** For texts under a key that no ring knows: their signature is computed all the same. */
const NOBODYS: LinkKey = { id: "", secret: randomBytes(32), createdAt: "" };

export function signText(purpose: string, body: unknown, { newest: key }: KeyRing): string {
  const signed = `${purpose}.${key.id}.${Buffer.from(JSON.stringify(body)).toString("base64url")}`;
  return `${signed}.${signatureOf(signed, key).toString("base64url")}`;
}

/**
 * The body of a text of this purpose, to be parsed by the caller, and the key that signed it. Whatever is
 * wrong, a signature is computed and compared, so that the time tells nothing.
 */
export function readSigned(
  purpose: string,
  text: string,
  { ring, maxLength }: { readonly ring: KeyRing; readonly maxLength: number },
): { readonly body: unknown; readonly key: LinkKey } | { readonly fault: SignedFault } {
  const parts = text.length <= maxLength ? text.split(".") : [];
  const [given = "", id = "", body = "", signature = ""] = parts;
  const key = ring.find(id);
  const expected = signatureOf(`${given}.${id}.${body}`, key ?? NOBODYS);
  const decoded = Buffer.from(signature, "base64url");
  const compared = Buffer.alloc(expected.length);
  decoded.copy(compared);
  const isEqual = timingSafeEqual(compared, expected) && decoded.length === expected.length;
  // One spelling for one signature: base64url has bits to spare in its last character.
  const isCanonical = decoded.toString("base64url") === signature;
  if (parts.length !== 4 || given !== purpose) return { fault: "malformed" };
  if (!key) return { fault: "unknown-key" };
  if (!isEqual || !isCanonical) return { fault: "forged" };
  const read = jsonOf(body);
  return read === undefined ? { fault: "malformed" } : { body: read, key };
}

/**
 * A mark that binds a form or a cookie to one link and one purpose. What is signed for it begins with a
 * bracket and no purpose does, so that it cannot stand for a text above.
 */
export function markOf(purpose: string, nonce: string, key: LinkKey): string {
  return signatureOf(JSON.stringify([purpose, nonce]), key).toString("base64url");
}

/** Compares marks in a time that does not depend on where they differ. */
export function isSameMark(given: string, expected: string): boolean {
  return timingSafeEqual(signatureOf(given, NOBODYS), signatureOf(expected, NOBODYS));
}

function signatureOf(text: string, key: LinkKey): Buffer {
  return createHmac("sha256", key.secret).update(text).digest();
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
