/** Reads what is kept of a run (`lib/runtime/run-snapshot.ts`), and trusts none of it unseen. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Plan } from "../compiler/plan.ts";
import type { Approval } from "../runtime/approval/approval.ts";
import type { RunEvent, RunRecord } from "../runtime/control.ts";
import type { Json } from "../runtime/json.ts";
import {
  isLastEvent,
  PLAN_FILE,
  type RunSnapshot,
  SNAPSHOT_FILES,
} from "../runtime/run-snapshot.ts";
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
  /** Of these, the ones that its bundle's data classes forbid to copy. */
  readonly withheld: readonly string[];
  /** The plan that it ran, where that is kept with it: what is kept with the bundle may be another's. */
  readonly plan: Plan | undefined;
}

/** What `run.json` holds. */
export const RunListing = z.object({
  format: z.literal(1),
  run: z.custom<RunRecord>((value) => RunShape.safeParse(value).success),
  redrives: z.int(),
  plan: z.string().exactOptional(),
  events: z.int(),
  files: z.record(z.string(), z.object({ bytes: z.int(), digest: z.string() })),
  artifacts: z.array(z.string()),
  withheld: z.array(z.string()).exactOptional(),
}) satisfies z.ZodType<RunSnapshot>;
export type RunListing = z.infer<typeof RunListing>;

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

/**
 * Opens the folder of a run that has ended. Every file must have the bytes that `run.json` says, and the
 * history must be whole. Throws `ReplayError`: `RunNotKept`, `RunCorrupt`, `RunIncomplete`.
 */
export async function openRun(folder: string): Promise<RecordedRun> {
  const listing = readListing(folder);
  const read = (file: string) => readListed(folder, file, listing);
  const json = (file: string) => parse(folder, file, read(file).toString());
  const events = eventsIn(folder, read(SNAPSHOT_FILES.history));
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
    input: json(SNAPSHOT_FILES.input) as Json,
    output: json(SNAPSHOT_FILES.output) as Json,
    events,
    // The kit wrote these two; their digests say that nobody has changed them since.
    approvals: json(SNAPSHOT_FILES.approvals) as readonly Approval[],
    journals: json(SNAPSHOT_FILES.journals) as RunJournals,
    artifacts: listing.artifacts,
    withheld: listing.withheld ?? [],
    plan: readPlan(folder, listing),
  };
}

/** Pulled runs bring theirs: of an environment that asks other people than this machine does. */
function readPlan(folder: string, { plan }: RunListing): Plan | undefined {
  const body = bytesOf(join(folder, PLAN_FILE));
  if (body === undefined) return undefined;
  if (plan !== undefined && digestOf(body) !== plan) {
    throw corrupt(folder, `${PLAN_FILE} is not the plan that it ran`);
  }
  return parse(folder, PLAN_FILE, body.toString()) as Plan;
}

function readListing(folder: string): RunListing {
  const text = bytesOf(join(folder, SNAPSHOT_FILES.run))?.toString();
  if (text === undefined) {
    throw new ReplayError(
      "RunNotKept",
      `There is no ${SNAPSHOT_FILES.run} in ${folder}.`,
      "A run is kept when it has ended. Name the folder of one that has.",
    );
  }
  const listing = RunListing.safeParse(parse(folder, SNAPSHOT_FILES.run, text));
  if (listing.success) return listing.data;
  throw corrupt(folder, `${SNAPSHOT_FILES.run}: ${z.prettifyError(listing.error)}`);
}

function readListed(folder: string, file: string, { files }: RunListing): Buffer {
  const expected = files[file];
  const body = bytesOf(join(folder, file));
  if (expected === undefined || body === undefined) {
    throw new ReplayError(
      "RunIncomplete",
      `There is no ${file} in ${folder}, or ${SNAPSHOT_FILES.run} does not name it.`,
      "Copy the whole folder of the run. One of an earlier version of Espalier cannot be replayed.",
    );
  }
  if (digestOf(body) === expected.digest && body.byteLength === expected.bytes) return body;
  throw corrupt(folder, `${file} has other content than when it was written`);
}

function digestOf(body: Uint8Array): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

function eventsIn(folder: string, body: Buffer): RunEvent[] {
  const lines = decompressed(folder, body).split("\n").slice(0, -1);
  return lines.map((line, i) => {
    const event = EventShape.safeParse(parse(folder, SNAPSHOT_FILES.history, line));
    if (event.success) return event.data;
    throw corrupt(folder, `event ${i + 1}: ${z.prettifyError(event.error)}`);
  });
}

/**
 * Not in the background: whoever opens a run has nothing else to do, and a regression opens thousands of
 * small files, each of which would otherwise wait several times for its turn.
 */
function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function decompressed(folder: string, body: Buffer): string {
  try {
    return gunzipSync(body).toString();
  } catch {
    throw corrupt(folder, `${SNAPSHOT_FILES.history} is not compressed as it should be`);
  }
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
