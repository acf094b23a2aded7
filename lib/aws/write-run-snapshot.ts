/** Writes the snapshot of a run that has ended; `lib/runtime/run-snapshot.ts` says what it holds. */
import { createHash } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createGzip } from "node:zlib";
import type { Approval } from "../runtime/approval/approval.ts";
import { getApproval, listApprovals } from "../runtime/approval/find-approvals.ts";
import type { RunEvent } from "../runtime/control.ts";
import { OBJECTS, RETENTION_TAG } from "../runtime/deployed.ts";
import { RequestError } from "../runtime/errors.ts";
import type { Json } from "../runtime/json.ts";
import type { Ports } from "../runtime/ports.ts";
import { approvalAskedBy, runEvent } from "../runtime/run-event.ts";
import { RunRedaction } from "../runtime/run-redaction/run-redaction.ts";
import {
  collectArtifacts,
  isLastEvent,
  type RunSnapshot,
  SNAPSHOT_FILES,
} from "../runtime/run-snapshot.ts";
import type { RunReport } from "../runtime/runs.ts";
import { otlpTrace } from "../runtime/trace/otlp.ts";
import { journalsOf, type RunJournals } from "../runtime/trace/run-journals.ts";
import { traceOf } from "../runtime/trace/trace.ts";
import { usageOfRun } from "../runtime/trace/usage.ts";
import type { AwsClients } from "./clients.ts";
import { keptPlan } from "./control/kept-run.ts";
import { readHistory } from "./executions.ts";
import { type ObjectInfo, S3Objects } from "./s3-objects.ts";
import { uploadFile } from "./s3-upload.ts";
import type { HistoryEvent } from "./sfn-calls.ts";
import { slimEvent } from "./slim-event.ts";
import { type Spooled, spool } from "./spool.ts";

export interface SnapshotWorld {
  readonly clients: Pick<AwsClients, "s3" | "sfn">;
  readonly ports: Pick<Ports, "records" | "artifacts" | "clock">;
  readonly runsBucket: string;
  /** Where the plans are: they say which steps are models and agents. */
  readonly bundlesBucket: string;
  readonly retention?: string | undefined;
  /** Whether the trace shows content; it is masked, as all that is kept. */
  readonly traceContent?: boolean;
  /** Milliseconds between looks at a history that is not there to its end yet. Default 1000. */
  readonly pause?: number;
}

/** GetExecutionHistory follows an execution at a small distance. */
const LOOKS = 5;

/** ARN of an execution whose history Step Functions keeps, or the history itself. */
type History = string | readonly HistoryEvent[];

/**
 * Writes all files of the snapshot, `run.json` last; the same again changes nothing that counts. The
 * record that it returns also says what the run has used of models. Throws an `Error` if the history
 * does not say yet that the run has ended: try again later.
 */
export async function writeRunSnapshot(
  source: History,
  report: RunReport,
  world: SnapshotWorld,
): Promise<RunSnapshot> {
  const { clients, runsBucket, retention } = world;
  const objects = new S3Objects(runsBucket, clients.s3);
  const folder = `${OBJECTS.runs}${report.run.id}/`;
  const tags = retention === undefined ? {} : { tags: { [RETENTION_TAG]: retention } };
  const files: Record<string, { bytes: number; digest: string }> = {};
  const bundles = new S3Objects(world.bundlesBucket, clients.s3);
  const plan = await keptPlan(report.run.digest, bundles, report.plan);
  const steps = plan?.steps ?? [];
  const redaction = new RunRedaction(plan ?? {});
  const pause = world.pause ?? 1000;
  let read = await readWhole(source, clients.sfn, pause, redaction);
  let journals: RunJournals;
  try {
    journals = await journalsOf(read.slim, steps, world.ports);
    if (redaction.isNeeded) {
      redaction.seeJournals(journals);
      await redaction.seeStored(world.ports.artifacts);
      // What is classed is known only now; nothing of the first reading is kept.
      await read.history.remove();
      read = await readWhole(source, clients.sfn, pause, redaction);
    }
    const info = { mediaType: "application/x-ndjson", encoding: "gzip", ...tags };
    await store(objects, `${folder}${SNAPSHOT_FILES.history}`, read.history, info);
    const { digest, bytes } = read.history;
    files[SNAPSHOT_FILES.history] = { bytes, digest };
  } finally {
    await read.history.remove();
  }
  const told = redaction.journals(journals);
  const found = await approvalsOf(report.run.id, read.approvals, world.ports);
  const approvals = found.map((each) => redaction.approval(each));
  const put = async (file: string, value: unknown, into = read.artifacts): Promise<void> => {
    const body = Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
    collectArtifacts(body.toString(), into);
    await objects.put(`${folder}${file}`, body, { mediaType: "application/json", ...tags });
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    if (file !== SNAPSHOT_FILES.run) files[file] = { bytes: body.byteLength, digest };
  };
  await put(SNAPSHOT_FILES.input, redaction.value(read.input));
  await put(SNAPSHOT_FILES.output, redaction.value(read.output));
  await put(SNAPSHOT_FILES.approvals, approvals);
  const named = new Set<string>();
  await put(SNAPSHOT_FILES.journals, told, named);
  // Models write what they like: only what is there was ever stored.
  for (const digest of named) {
    if (!read.artifacts.has(digest) && (await world.ports.artifacts.stat(digest)))
      read.artifacts.add(digest);
  }
  const usage = journals.steps.length === 0 ? {} : { usage: usageOfRun(journals) };
  const run = { ...redaction.run(report.run), ...usage };
  const now = world.ports.clock.now();
  const trace = traceOf({
    ...{ run, events: read.slim, steps, journals: told, approvals, now },
    content: world.traceContent,
  });
  await put(SNAPSHOT_FILES.trace, otlpTrace(trace), new Set());
  const withheld = redaction.withheld(read.artifacts);
  const snapshot: RunSnapshot = {
    format: 1,
    ...report,
    run,
    events: read.events,
    files,
    artifacts: [...read.artifacts].sort(),
    ...(withheld.length > 0 && { withheld }),
  };
  await put(SNAPSHOT_FILES.run, snapshot);
  return snapshot;
}

interface WholeRun {
  readonly history: Spooled;
  readonly events: number;
  /** All of them, without what may be large. */
  readonly slim: readonly RunEvent[];
  readonly input: Json;
  readonly output: Json;
  readonly approvals: ReadonlySet<string>;
  readonly artifacts: Set<string>;
}

async function readWhole(
  source: History,
  client: AwsClients["sfn"],
  pause: number,
  redaction: RunRedaction,
): Promise<WholeRun> {
  for (let look = 1; ; look += 1) {
    const read = await readOnce(source, client, redaction);
    if (read) return read;
    if (look === LOOKS) {
      throw new Error(
        `The history of ${nameOf(source)} does not show its end yet. Try again later.`,
      );
    }
    await sleep(pause * look);
  }
}

/** Line by line into a compressed file: a history may hold 25,000 events of 256 KiB each. */
async function readOnce(
  source: History,
  client: AwsClients["sfn"],
  redaction: RunRedaction,
): Promise<WholeRun | undefined> {
  const approvals = new Set<string>();
  const artifacts = new Set<string>();
  const slim: RunEvent[] = [];
  let events = 0;
  let ended = false;
  let input: Json = null;
  let output: Json = null;
  async function* lines(): AsyncGenerator<string> {
    const all = typeof source === "string" ? readHistory(source, client) : source;
    for await (const event of all) {
      const approval = approvalAskedBy(event);
      if (approval !== undefined) approvals.add(approval);
      events += 1;
      ended = isLastEvent(event.type ?? "");
      input = parse(event.executionStartedEventDetails?.input) ?? input;
      output = parse(event.executionSucceededEventDetails?.output) ?? output;
      const plain = runEvent(event);
      redaction.seeEvent(plain);
      const shown = redaction.event(plain);
      slim.push(slimEvent(shown));
      const line = JSON.stringify(shown);
      collectArtifacts(line, artifacts);
      yield `${line}\n`;
    }
  }
  const gzip = createGzip({ level: 6 });
  const out = new PassThrough();
  const [, history] = await Promise.all([
    pipeline(Readable.from(lines()), gzip, out),
    spool(out as AsyncIterable<Uint8Array>),
  ]);
  if (ended) return { history, events, slim, input, output, approvals, artifacts };
  await history.remove();
  return undefined;
}

async function store(
  objects: S3Objects,
  key: string,
  spooled: Spooled,
  info: ObjectInfo,
): Promise<void> {
  if (spooled.body) await objects.put(key, spooled.body, info);
  else await uploadFile(objects, key, spooled.path, { ...info, replace: true });
}

/** By their ids from the history, as they stand now; an index may not have them yet. */
async function approvalsOf(
  run: string,
  asked: ReadonlySet<string>,
  ports: SnapshotWorld["ports"],
): Promise<readonly Approval[]> {
  const ids = new Set(asked);
  for (const { id } of await listApprovals({ run }, ports)) ids.add(id);
  const found: Approval[] = [];
  for (const id of ids) {
    try {
      found.push(await getApproval(id, ports));
    } catch (error) {
      // Asked for in vain: the function that should have stored it has failed.
      if (!(error instanceof RequestError && error.code === "ApprovalNotFound")) throw error;
    }
  }
  return found.sort((a, b) => compare(a.requestedAt, b.requestedAt) || compare(a.id, b.id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf(source: History): string {
  return typeof source === "string" ? source : "the run";
}

function parse(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined; // A log cuts off what is longer than 248 KiB.
  }
}
