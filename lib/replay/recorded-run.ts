/** Reads what is kept of a run (`lib/runtime/run-snapshot.ts`), and trusts none of it unseen. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import type { Approval } from "../runtime/approval/approval.ts";
import type { RunEvent, RunRecord } from "../runtime/control.ts";
import type { Json } from "../runtime/json.ts";
import { isLastEvent, type RunSnapshot, SNAPSHOT_FILES } from "../runtime/run-snapshot.ts";
import type { RunJournals } from "../runtime/trace/run-journals.ts";
import { ReplayError } from "./replay-error.ts";

/** A run that has ended, as it was recorded. */
export interface RecordedRun {
  readonly folder: string;
  readonly run: RunRecord;
  readonly redrives: number;
  /** The execution's whole input: the run's own, who asked, and the configuration. */
  readonly input: Json;
  /** Null unless it succeeded. */
  readonly output: Json;
  readonly events: readonly RunEvent[];
  readonly approvals: readonly Approval[];
  readonly journals: RunJournals;
  /** Digests of the artifacts that it has made, taken or passed on. */
  readonly artifacts: readonly string[];
}

const Listing = z.object({
  format: z.literal(1),
  run: z.custom<RunRecord>((value) => RunShape.safeParse(value).success),
  redrives: z.int(),
  events: z.int(),
  files: z.record(z.string(), z.object({ bytes: z.int(), digest: z.string() })),
  artifacts: z.array(z.string()),
}) satisfies z.ZodType<RunSnapshot>;

const RunShape = z.object({
  id: z.string().min(1),
  workflow: z.string().min(1),
  digest: z.string(),
  environment: z.string(),
  status: z.string(),
  startedAt: z.iso.datetime(),
});

const EventShape = z.looseObject({
  id: z.int(),
  previousEventId: z.int(),
  timestamp: z.string(),
  type: z.string(),
}) satisfies z.ZodType<RunEvent>;

const decompress = promisify(gunzip);

/**
 * Opens the folder of a run that has ended. Every file must have the bytes that `run.json` says, and the
 * history must be whole. Throws `ReplayError`: `RunNotKept`, `RunCorrupt`, `RunIncomplete`.
 */
export async function openRun(folder: string): Promise<RecordedRun> {
  const listing = await readListing(folder);
  const read = (file: string) => readListed(folder, file, listing);
  const json = async (file: string) => parse(folder, file, (await read(file)).toString());
  const events = await eventsIn(folder, await read(SNAPSHOT_FILES.history));
  if (events.length !== listing.events || !isLastEvent(events.at(-1)?.type ?? "")) {
    throw new ReplayError(
      "RunIncomplete",
      `The history in ${folder} has ${events.length} of ${listing.events} events, or does not show the run's end.`,
      "A run that was recorded from a log may lack what was too long for it. It cannot be replayed.",
    );
  }
  return {
    folder,
    run: listing.run,
    redrives: listing.redrives,
    input: (await json(SNAPSHOT_FILES.input)) as Json,
    output: (await json(SNAPSHOT_FILES.output)) as Json,
    events,
    // The kit wrote these two; their digests say that nobody has changed them since.
    approvals: (await json(SNAPSHOT_FILES.approvals)) as readonly Approval[],
    journals: (await json(SNAPSHOT_FILES.journals)) as RunJournals,
    artifacts: listing.artifacts,
  };
}

async function readListing(folder: string): Promise<z.infer<typeof Listing>> {
  const text = await readFile(join(folder, SNAPSHOT_FILES.run), "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new ReplayError(
      "RunNotKept",
      `There is no ${SNAPSHOT_FILES.run} in ${folder}.`,
      "A run is kept when it has ended. Name the folder of one that has.",
    );
  }
  const listing = Listing.safeParse(parse(folder, SNAPSHOT_FILES.run, text));
  if (listing.success) return listing.data;
  throw corrupt(folder, `${SNAPSHOT_FILES.run}: ${z.prettifyError(listing.error)}`);
}

async function readListed(
  folder: string,
  file: string,
  { files }: z.infer<typeof Listing>,
): Promise<Buffer> {
  const expected = files[file];
  const body = await readFile(join(folder, file)).catch(() => undefined);
  if (expected === undefined || body === undefined) {
    throw new ReplayError(
      "RunIncomplete",
      `There is no ${file} in ${folder}, or ${SNAPSHOT_FILES.run} does not name it.`,
      "Copy the whole folder of the run. One of an earlier version of Espalier cannot be replayed.",
    );
  }
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  if (digest === expected.digest && body.byteLength === expected.bytes) return body;
  throw corrupt(folder, `${file} has other content than when it was written`);
}

async function eventsIn(folder: string, body: Buffer): Promise<RunEvent[]> {
  const text = await decompress(body).catch(() => {
    throw corrupt(folder, `${SNAPSHOT_FILES.history} is not compressed as it should be`);
  });
  const lines = text.toString().split("\n").slice(0, -1);
  return lines.map((line, i) => {
    const event = EventShape.safeParse(parse(folder, SNAPSHOT_FILES.history, line));
    if (event.success) return event.data;
    throw corrupt(folder, `event ${i + 1}: ${z.prettifyError(event.error)}`);
  });
}

function parse(folder: string, file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw corrupt(folder, `${file} is no JSON`);
  }
}

function corrupt(folder: string, what: string): ReplayError {
  return new ReplayError(
    "RunCorrupt",
    `What is kept of the run in ${folder} was changed: ${what}.`,
  );
}
