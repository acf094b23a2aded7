/**
 * Streams of entries that are only ever added to. Each entry holds the digest of the one before it,
 * so a changed, removed, inserted or moved entry breaks the chain where it was touched.
 *
 * | question                    | where                                        |
 * | --------------------------- | -------------------------------------------- |
 * | the entries of a stream     | `audit#STREAM` / number, twelve digits       |
 * | how far a stream has come   | `audit-head#STREAM` / `head`                 |
 *
 * The head follows an entry after it is there. It is what tells that the *last* entries are gone, as
 * long as whoever removed them has not put the head back, too; against that helps only a digest that
 * was kept elsewhere (`verifyAudit`'s `anchor`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { digestOfJson } from "./canonical-json.ts";
import { ConditionFailed, StepError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Ports, RecordItem, RecordKey } from "./ports.ts";
import { updateRecord } from "./update-record.ts";

export interface AuditEntry {
  readonly stream: string;
  /** Counts from 1, without a gap. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  /** Who did it: an address, an ARN, `rule`. */
  readonly actor: string;
  /** What was done: `tools.off`, `approval.decided`. */
  readonly event: string;
  readonly data: JsonObject;
  /** Digest of the entry before; null in the first. */
  readonly previous: string | null;
  /** `sha256:…` over the canonical JSON of all the other fields. */
  readonly digest: string;
}

/** One entry, named so that it can be told from any other: what to keep of a stream elsewhere. */
export type AuditMark = Pick<AuditEntry, "number" | "digest">;

type Stores = Pick<Ports, "records">;

const PATIENCE_MS = 30_000;

/**
 * Adds an entry behind the last one; of several at once each gets a number of its own. Throws
 * `RangeError` for data that is too large for an item, and `Step.InProgress` if no turn came within
 * half a minute.
 */
export function appendAudit(
  stream: string,
  entry: Pick<AuditEntry, "actor" | "event" | "data">,
  ports: Pick<Ports, "records" | "clock">,
): Promise<AuditEntry> {
  const look = async () => ({ last: await lastEntry(stream, ports.records) });
  return inTurn(stream, ports.records, () => append(stream, entry, look, ports));
}

/**
 * The same for an entry whose `data.id` is `id`, unless the stream holds it already: whoever is not
 * sure to have appended it does so again. Reads the whole stream.
 */
export function appendAuditOnce(
  stream: string,
  entry: Pick<AuditEntry, "actor" | "event" | "data">,
  id: string,
  ports: Pick<Ports, "records" | "clock">,
): Promise<AuditEntry> {
  const look = async () => {
    let last: AuditEntry | undefined;
    for await (const item of auditItems(stream, ports)) {
      last = entryOf(item);
      if (last.data?.id === id) return { last, standing: last };
    }
    return { last };
  };
  return inTurn(stream, ports.records, () => append(stream, entry, look, ports));
}

/** Work under way of this process, by stream: those who wait here need not meet in the store. */
const turns = new WeakMap<Stores["records"], Map<string, Promise<unknown>>>();

async function inTurn<T>(
  stream: string,
  records: Stores["records"],
  work: () => Promise<T>,
): Promise<T> {
  const streams = turns.get(records) ?? new Map<string, Promise<unknown>>();
  turns.set(records, streams);
  const before = streams.get(stream) ?? Promise.resolve();
  const done = before.then(work);
  const turn = done.catch(() => undefined);
  streams.set(stream, turn);
  try {
    return await done;
  } finally {
    if (streams.get(stream) === turn) streams.delete(stream);
  }
}

async function append(
  stream: string,
  { actor, event, data }: Pick<AuditEntry, "actor" | "event" | "data">,
  look: () => Promise<{ readonly last: AuditEntry | undefined; readonly standing?: AuditEntry }>,
  { records, clock }: Pick<Ports, "records" | "clock">,
): Promise<AuditEntry> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let tries = 0; performance.now() < giveUpAt; tries++) {
    const { last, standing } = await look();
    if (standing) return standing;
    const at = clock.now().toISOString();
    const entry = sealed({
      stream,
      number: (last?.number ?? 0) + 1,
      at,
      actor,
      event,
      data: JSON.parse(JSON.stringify(data)) as JsonObject,
      previous: last?.digest ?? null,
    });
    try {
      await records.put({ key: keyOf(stream, entry.number), data: { ...entry } }, { absent: true });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      await sleep(Math.random() * Math.min(400, 5 * 2 ** tries));
      continue;
    }
    await advanceHead(entry, records);
    return entry;
  }
  throw new StepError(
    "Step.InProgress",
    `Too many write the audit stream "${stream}" at once. Try again after a while.`,
  );
}

/** Entries in the order in which they were written (or backwards), a page at a time. */
export async function readAudit(
  stream: string,
  { records }: Stores,
  query: {
    readonly order?: "ascending" | "descending";
    readonly limit?: number;
    readonly after?: string;
  } = {},
): Promise<{ readonly entries: readonly AuditEntry[]; readonly next?: string }> {
  const { items, next } = await records.query({ partition: partitionOf(stream), ...query });
  return { entries: items.map(entryOf), ...(next !== undefined && { next }) };
}

/** All fields but the digest. */
type Unsealed = Omit<AuditEntry, "digest">;

/** Digest of what an entry says, with everything that it is bound to: stream, number and the one before. */
export function auditDigestOf(entry: Unsealed): string {
  const { stream, number, at, actor, event, data, previous } = entry;
  return digestOfJson({ stream, number, at, actor, event, data, previous });
}

/** How far the stream has come, as its head says; may lag behind the entries by a moment. */
export async function readAuditHead(
  stream: string,
  { records }: Stores,
): Promise<AuditMark | undefined> {
  const item = await records.get(headKeyOf(stream));
  return item && markOf(item);
}

/** Sort key of an entry. */
export function auditSortOf(number: number): string {
  return String(number).padStart(12, "0");
}

/** Every item of the stream, as it stands, in order of sort keys. */
export async function* auditItems(stream: string, { records }: Stores): AsyncGenerator<RecordItem> {
  let after: string | undefined;
  do {
    const page = await records.query({
      partition: partitionOf(stream),
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

function sealed(entry: Unsealed): AuditEntry {
  return { ...entry, digest: auditDigestOf(entry) };
}

async function lastEntry(
  stream: string,
  records: Stores["records"],
): Promise<AuditEntry | undefined> {
  const [last] = (await readAudit(stream, { records }, { order: "descending", limit: 1 })).entries;
  return last;
}

/** A head whose entry does not stand any more is evidence of a removal, and stays where it is. */
async function advanceHead(entry: AuditEntry, records: Stores["records"]): Promise<void> {
  const { stream, number, digest } = entry;
  const known = await records.get(headKeyOf(stream));
  if (known && !(await isHeld(markOf(known), entry, records))) return;
  await updateRecord(
    headKeyOf(stream),
    (standing) =>
      standing && markOf(standing).number >= number
        ? { keep: undefined }
        : { write: { data: { number, digest } }, result: undefined },
    { records, known },
  );
}

/** Whether the stream that has come to `entry` still holds what its head names. */
async function isHeld(
  head: AuditMark,
  { stream, number, previous }: AuditEntry,
  records: Stores["records"],
): Promise<boolean> {
  if (head.number === number - 1) return head.digest === previous;
  const item = await records.get(keyOf(stream, head.number));
  return item !== undefined && entryOf(item).digest === head.digest;
}

function partitionOf(stream: string): string {
  return `audit#${stream}`;
}

function keyOf(stream: string, number: number): RecordKey {
  return { partition: partitionOf(stream), sort: auditSortOf(number) };
}

function headKeyOf(stream: string): RecordKey {
  return { partition: `audit-head#${stream}`, sort: "head" };
}

/** Only this file writes these items; whether somebody else has is for `verifyAudit` to find out. */
function entryOf({ data }: RecordItem): AuditEntry {
  return data as unknown as AuditEntry;
}

function markOf({ data }: RecordItem): AuditMark {
  return data as unknown as AuditMark;
}
