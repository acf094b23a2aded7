/**
 * The keys that sign links. A ring, so that a key can be replaced without breaking links that are on
 * their way: the newest key signs, the others verify until they are removed.
 *
 * As text (a secret, or a file that only its owner can read):
 * `{"keys":[{"id":"k1","secret":"…32 bytes in base64url…","createdAt":"2026-01-01T00:00:00.000Z"}]}`
 */
import { randomBytes } from "node:crypto";
import * as z from "zod";

/** 256 bits: what HMAC-SHA-256 makes use of. */
const SECRET_BYTES = 32;

const Key = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,16}$/),
  secret: z.base64url().refine((text) => Buffer.from(text, "base64url").length >= SECRET_BYTES),
  createdAt: z.iso.datetime(),
});
const Document = z
  .strictObject({ keys: z.array(Key).min(1).max(20) })
  .refine(({ keys }) => new Set(keys.map(({ id }) => id)).size === keys.length);

export interface LinkKey {
  readonly id: string;
  readonly secret: Uint8Array;
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface KeyRing {
  /** Signs. */
  readonly newest: LinkKey;
  /** Verifies. */
  find(id: string): LinkKey | undefined;
}

/**
 * Reads a ring. Throws `TypeError`, which never quotes the text: it holds secrets.
 */
export function parseKeyRing(text: string): KeyRing {
  const parsed = Document.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new TypeError(
      'The keys for links cannot be read. Expected: {"keys":[{"id","secret","createdAt"}]}, ids of 1 to ' +
        "16 letters, digits, - and _, each once; secrets of 32 bytes or more in base64url; times in UTC.",
    );
  }
  const keys = parsed.data.keys.map(({ id, secret, createdAt }) => ({
    id,
    secret: new Uint8Array(Buffer.from(secret, "base64url")),
    createdAt,
  }));
  return ringOf(keys);
}

/** A ring of these keys; there must be one. */
export function ringOf(keys: readonly LinkKey[]): KeyRing {
  const [first, ...others] = keys;
  if (!first) throw new TypeError("A ring of keys for links has at least one key.");
  // By age; of equal ones the later in the list.
  const newest = others.reduce(
    (best, key) => (Date.parse(key.createdAt) >= Date.parse(best.createdAt) ? key : best),
    first,
  );
  const byId = new Map(keys.map((key) => [key.id, key]));
  return { newest, find: (id) => byId.get(id) };
}

export function makeLinkKey(now: Date): LinkKey {
  return {
    id: randomBytes(6).toString("base64url"),
    secret: new Uint8Array(randomBytes(SECRET_BYTES)),
    createdAt: now.toISOString(),
  };
}

/**
 * The text of a ring with one more key, which signs from now on. Of the old ones, `keep` stay, newest
 * first: links signed by the others end. `text` undefined: a ring of one key.
 */
export function rotateKeyRing(text: string | undefined, now: Date, keep = 1): string {
  const old = text === undefined ? [] : Document.parse(jsonOf(text)).keys;
  const kept = [...old]
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .slice(0, keep);
  const { id, secret, createdAt } = makeLinkKey(now);
  const made = { id, secret: Buffer.from(secret).toString("base64url"), createdAt };
  return `${JSON.stringify({ keys: [made, ...kept] }, null, 2)}\n`;
}

/** Where a ring comes from; whoever verifies asks before each link, so it is to be kept at hand. */
export type KeySource = () => Promise<KeyRing>;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
