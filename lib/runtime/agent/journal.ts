/**
 * What an agent has done so far: the only memory between two calls of its function. Entries are
 * numbered without gaps and written where nothing stands yet, so that of two functions at work on one
 * agent the one that comes second finds out at its next entry, and stops.
 *
 * | question             | where                              |
 * | -------------------- | ---------------------------------- |
 * | journal of one agent | keys `journal#KEY` / `000000`, `000001`, … |
 */
import { randomUUID } from "node:crypto";
import { readAll } from "../artifact-handle.ts";
import { ConditionFailed, StepError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Ports, RecordItem } from "../ports.ts";
import type { JournalEntry } from "./journal-entry.ts";

/** Larger entries go into artifacts: a table's item ends at 400 KB, and is paid by its size. */
const INLINE_BYTES = 32 * 1024;
/** A year for the longest execution, and two weeks in which it may be redriven. */
const KEEP_SECONDS = 380 * 86_400;
/** DynamoDB hands out 1 MB a page, whatever is asked for. */
const PAGE = 200;
const LOADS_AT_ONCE = 8;

type JournalPorts = Pick<Ports, "artifacts" | "records" | "clock">;

export interface Journal {
  /** What stood there when it was opened, oldest first. */
  readonly entries: readonly JournalEntry[];
  /**
   * Writes the next entry; several at once are written one after the other. Throws `Step.InProgress`
   * if another call of the function has written there: from then on, every entry is refused.
   */
  append(entry: JournalEntry): Promise<void>;
}

/** `holder` names this call of the function; default: a random name. */
export async function openJournal(
  key: string,
  ports: JournalPorts,
  holder: string = randomUUID(),
): Promise<Journal> {
  const entries = await readJournal(key, ports);
  let next = entries.length;
  let last: Promise<void> = Promise.resolve();
  const write = async (entry: JournalEntry): Promise<void> => {
    const item = await itemOf(key, next, entry, holder, ports);
    try {
      await ports.records.put(item, { absent: true });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (!isOwn(error.standing, item.data)) throw takenOver(key);
    }
    next += 1;
  };
  return {
    entries,
    append(entry) {
      // After a failed write the rest fails too: a later entry must not stand where it did not.
      last = last.then(() => write(entry));
      // Whoever appended hears of the failure; this chain is only an order.
      last.catch(() => undefined);
      return last;
    },
  };
}

/** The entries of an agent, oldest first; none if it was never called. */
export async function readJournal(
  key: string,
  { records, artifacts }: Pick<JournalPorts, "records" | "artifacts">,
): Promise<JournalEntry[]> {
  const items: RecordItem[] = [];
  for (let after: string | undefined; ; ) {
    const page = await records.query({
      partition: partitionOf(key),
      limit: PAGE,
      ...(after !== undefined && { after }),
    });
    items.push(...page.items);
    after = page.next;
    if (after === undefined) break;
  }
  const entries: JournalEntry[] = [];
  for (let from = 0; from < items.length; from += LOADS_AT_ONCE) {
    const batch = items.slice(from, from + LOADS_AT_ONCE);
    entries.push(...(await Promise.all(batch.map((item) => entryOf(item, artifacts)))));
  }
  return entries;
}

/**
 * An entry stands as text, or as the digest of its text: what models and tools write into it is never
 * taken for a reference to something stored.
 */
async function itemOf(
  key: string,
  number: number,
  entry: JournalEntry,
  holder: string,
  { artifacts, clock }: JournalPorts,
): Promise<Omit<RecordItem, "version">> {
  const text = JSON.stringify(entry);
  const bytes = Buffer.byteLength(text);
  const body: JsonObject =
    bytes <= INLINE_BYTES
      ? { text }
      : { stored: (await artifacts.put(Buffer.from(text), { mediaType: MEDIA_TYPE })).$artifact };
  return {
    key: { partition: partitionOf(key), sort: String(number).padStart(6, "0") },
    data: { kind: entry.kind, at: entry.at, by: holder, ...body },
    expiresAt: Math.ceil(clock.now().getTime() / 1000) + KEEP_SECONDS,
  };
}

const MEDIA_TYPE = "application/json";

async function entryOf(
  { data }: RecordItem,
  artifacts: Pick<Ports["artifacts"], "open">,
): Promise<JournalEntry> {
  // Only this file writes these items.
  const { text, stored } = data as unknown as { text?: string; stored?: string };
  const json = text ?? new TextDecoder().decode(await readAll(artifacts.open(stored ?? "")));
  return JSON.parse(json) as JournalEntry;
}

/** A write whose answer was lost, and that was sent again, meets itself. */
function isOwn(standing: RecordItem | undefined, data: JsonObject): boolean {
  return standing !== undefined && JSON.stringify(standing.data) === JSON.stringify(data);
}

function takenOver(key: string): StepError {
  return new StepError(
    "Step.InProgress",
    `Another call of this function is at work on the same agent (journal#${key}) and has gone ahead. ` +
      "This one stops; retry after a while.",
  );
}

function partitionOf(key: string): string {
  return `journal#${key}`;
}
