/** Whether a stream of audit entries is as it was written, and where it is not. */
import * as z from "zod";
import {
  type AuditEntry,
  type AuditMark,
  auditDigestOf,
  auditItems,
  auditSortOf,
  readAuditHead,
} from "./audit.ts";
import type { JsonObject } from "./json.ts";
import type { Ports, RecordItem } from "./ports.ts";

export interface AuditVerdict {
  readonly stream: string;
  /** Entries that were found. */
  readonly entries: number;
  /** Empty: nothing was touched. In the order of the stream. */
  readonly problems: readonly AuditProblem[];
  /** The last entry: keep it elsewhere, and give it as `anchor` at the next look. Null: no entry. */
  readonly last: AuditMark | null;
}

export interface AuditProblem {
  /** Place in the stream. */
  readonly number: number;
  /**
   * - `changed`: its content is not what its digest says
   * - `removed`: there is none at this place
   * - `moved`: it was written for another place or stream
   * - `inserted`: it is no entry, or stands beside all numbers
   * - `unlinked`: it does not follow on the entry before, which was replaced by another, digest and all
   */
  readonly kind: "changed" | "removed" | "moved" | "inserted" | "unlinked";
  readonly message: string;
}

const Entry = z.strictObject({
  stream: z.string(),
  number: z.int().positive(),
  at: z.string(),
  actor: z.string(),
  event: z.string(),
  data: z.custom<JsonObject>((value) => typeof value === "object" && value !== null),
  previous: z.string().nullable(),
  digest: z.string(),
}) satisfies z.ZodType<AuditEntry>;

/**
 * Reads the whole stream and looks at each entry and each link. `anchor` is an entry that was seen
 * before and kept elsewhere: the stream must still hold it.
 */
export async function verifyAudit(
  stream: string,
  ports: Pick<Ports, "records">,
  { anchor }: { readonly anchor?: AuditMark } = {},
): Promise<AuditVerdict> {
  // Read before the entries: what is written meanwhile makes it lag, never run ahead.
  const head = await readAuditHead(stream, ports);
  const problems: AuditProblem[] = [];
  const report = (number: number, kind: AuditProblem["kind"], message: string) =>
    problems.push({ number, kind, message });
  const marks = new Map<number, string>();
  let entries = 0;
  let place = 0;
  let before: AuditEntry | undefined;
  for await (const item of auditItems(stream, ports)) {
    const entry = readEntry(item);
    if (!entry) {
      report(place + 1, "inserted", `"${item.key.sort}" in stream ${stream} is no audit entry.`);
      continue;
    }
    entries++;
    const own = Number(item.key.sort);
    for (let missing = place + 1; missing < own; missing++) {
      report(missing, "removed", `Entry ${missing} of ${stream} is missing.`);
    }
    const isNext = own === place + 1;
    place = own;
    if (entry.stream !== stream || entry.number !== own) {
      const from = `entry ${entry.number} of ${entry.stream}`;
      report(own, "moved", `At place ${own} of ${stream} stands what was written as ${from}.`);
    } else if (auditDigestOf(entry) !== entry.digest) {
      report(own, "changed", `Entry ${own} of ${stream} was changed: its digest is another.`);
    } else if (isNext && entry.previous !== (before?.digest ?? null)) {
      report(own, "unlinked", `Entry ${own} of ${stream} does not follow on entry ${own - 1}.`);
    }
    marks.set(own, entry.digest);
    before = entry;
  }
  for (const mark of [head, anchor]) {
    if (!mark || marks.get(mark.number) === mark.digest) continue;
    const found = marks.has(mark.number);
    if (problems.some(({ number }) => number === mark.number)) continue;
    const where = mark === head ? "the stream's head" : "the entry kept elsewhere";
    report(
      mark.number,
      found ? "changed" : "removed",
      found
        ? `Entry ${mark.number} of ${stream} is not the one that ${where} names.`
        : `Entry ${mark.number} of ${stream}, which ${where} names, is missing.`,
    );
  }
  return {
    stream,
    entries,
    problems,
    last: before ? { number: place, digest: before.digest } : null,
  };
}

function readEntry({ key, data }: RecordItem): AuditEntry | undefined {
  const isPlace = /^\d{12}$/.test(key.sort) && auditSortOf(Number(key.sort)) === key.sort;
  const parsed = isPlace && Number(key.sort) > 0 ? Entry.safeParse(data) : undefined;
  return parsed?.data;
}
