/** The keys that sign links, from a secret: a ring, or what Secrets Manager has generated in the beginning. */
import { createHash } from "node:crypto";
import * as z from "zod";
import {
  type KeyRing,
  type KeySource,
  type LinkKey,
  parseKeyRing,
  ringOf,
} from "../runtime/approval/key-ring.ts";

/** What a secret holds that nobody has rotated yet; made with the platform. */
const Generated = z.strictObject({ generated: z.string().min(43), createdAt: z.iso.datetime() });

/** Asks `read` each time, which keeps what it has read for some minutes. */
export function secretKeys(arn: string, read: (arn: string) => Promise<string>): KeySource {
  let known: { readonly text: string; readonly ring: KeyRing } | undefined;
  return async () => {
    const text = await read(arn);
    if (known?.text !== text) known = { text, ring: ringOfSecret(text) };
    return known.ring;
  };
}

/** Throws `TypeError`, which never quotes the text. */
export function ringOfSecret(text: string): KeyRing {
  const key = generatedKey(text);
  return key ? ringOf([key]) : parseKeyRing(text);
}

/** The key that a generated text stands for: everybody who reads it makes the same of it. */
export function generatedKey(text: string): LinkKey | undefined {
  const read = Generated.safeParse(jsonOf(text));
  if (!read.success) return undefined;
  const { generated, createdAt } = read.data;
  const digest = (purpose: string) =>
    createHash("sha256").update(`${purpose}:${generated}`).digest();
  return {
    id: digest("id").toString("base64url").slice(0, 8),
    secret: new Uint8Array(digest("key")),
    createdAt,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
