/**
 * Values too large to travel through a state machine. Step Functions takes 256 KiB a state; from
 * 200 KiB on, the wrapper stores the largest values of an output and sends references instead. An
 * expression in a manifest cannot look into a stored value; handlers never notice, because the
 * wrapper loads it again before they see it.
 */
import { readAll } from "./artifact-handle.ts";
import type { StoredValue } from "./call.ts";
import { StepError } from "./errors.ts";
import type { Json } from "./json.ts";
import type { Artifacts } from "./ports.ts";

/** Bytes of JSON text above which values are stored. The rest of the 256 KiB is the envelope's. */
export const MAX_INLINE_BYTES = 200 * 1024;

const MEDIA_TYPE = "application/json";

/**
 * Replaces the largest top-level values by references, largest first, until the JSON text has at most
 * `limit` bytes; if that is not enough, or the value is no object, it replaces the whole. What fits
 * is returned as it is, without a call to the store.
 */
export async function storeLargeValues(
  value: Json,
  artifacts: Pick<Artifacts, "put">,
  limit = MAX_INLINE_BYTES,
): Promise<Json> {
  const text = JSON.stringify(value);
  const total = Buffer.byteLength(text);
  if (total <= limit) return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const smaller = await storeMembers(value, total, artifacts, limit);
    if (smaller) return smaller;
  }
  return reference(await artifacts.put(Buffer.from(text), { mediaType: MEDIA_TYPE }));
}

async function storeMembers(
  value: { [key: string]: Json },
  total: number,
  artifacts: Pick<Artifacts, "put">,
  limit: number,
): Promise<Json | undefined> {
  const members = Object.entries(value)
    .map(([key, member]) => ({ key, body: Buffer.from(JSON.stringify(member)) }))
    .sort((a, b) => b.body.byteLength - a.body.byteLength);
  const chosen: typeof members = [];
  let left = total;
  for (const member of members) {
    if (left <= limit) break;
    const saved = member.body.byteLength - referenceBytes(member.body.byteLength);
    // The rest are smaller still: storing them would not help.
    if (saved <= 0) return undefined;
    left -= saved;
    chosen.push(member);
  }
  if (left > limit) return undefined;
  const stored = await Promise.all(
    chosen.map(async ({ key, body }) => {
      const put = await artifacts.put(body, { mediaType: MEDIA_TYPE });
      return [key, reference(put)] as const;
    }),
  );
  const replacements = new Map(stored);
  // Keeps the order of members; fromEntries also keeps a member named `__proto__`.
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, replacements.get(key) ?? member]),
  );
}

/** Loads every stored value inside, however deep; each digest once. */
export async function loadStoredValues(
  value: Json,
  artifacts: Pick<Artifacts, "open">,
): Promise<Json> {
  const digests = new Set<string>();
  visit(value, digests);
  if (digests.size === 0) return value;
  const loaded = new Map<string, Json>();
  for (const digest of digests) loaded.set(digest, await load(digest, artifacts));
  return replace(value, loaded);
}

function visit(value: Json, digests: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  if (isStoredValue(value)) digests.add(value.$stored);
  else for (const member of Object.values(value)) visit(member, digests);
}

function replace(value: Json, loaded: ReadonlyMap<string, Json>): Json {
  if (typeof value !== "object" || value === null) return value;
  if (isStoredValue(value)) return loaded.get(value.$stored) ?? null;
  if (Array.isArray(value)) return value.map((member) => replace(member, loaded));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, replace(member, loaded)]),
  );
}

async function load(digest: string, artifacts: Pick<Artifacts, "open">): Promise<Json> {
  const text = new TextDecoder().decode(await readAll(artifacts.open(digest)));
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new StepError(
      "Contract.InputInvalid",
      `The stored value ${digest} is not JSON, so no step has stored it as a value.`,
      undefined,
      { cause: error },
    );
  }
}

/** Exactly `{ $stored, bytes }`. */
function isStoredValue(value: object): value is StoredValue {
  const { $stored, bytes } = value as { $stored?: unknown; bytes?: unknown };
  return (
    typeof $stored === "string" &&
    /^sha256:[0-9a-f]{64}$/.test($stored) &&
    typeof bytes === "number" &&
    Object.keys(value).length === 2
  );
}

function reference({ $artifact, bytes }: { $artifact: string; bytes: number }): {
  $stored: string;
  bytes: number;
} {
  return { $stored: $artifact, bytes };
}

function referenceBytes(bytes: number): number {
  return JSON.stringify(reference({ $artifact: `sha256:${"0".repeat(64)}`, bytes })).length;
}
