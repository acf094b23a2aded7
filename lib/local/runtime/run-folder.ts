/**
 * Writes what is kept of a run that has ended, as `lib/runtime/run-snapshot.ts` says: the same files as
 * on AWS. Derived from the engine and the records, so it can be written again at any time.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { DescribeExecution, HistoryEvent } from "../../engine/index.ts";
import { getApproval, listApprovals } from "../../runtime/approval/find-approvals.ts";
import type { Json } from "../../runtime/json.ts";
import type { Ports } from "../../runtime/ports.ts";
import { runEvent } from "../../runtime/run-event.ts";
import type { ClassedPlan } from "../../runtime/run-redaction/plan-contracts.ts";
import { RunRedaction } from "../../runtime/run-redaction/run-redaction.ts";
import { collectArtifacts, type RunSnapshot, SNAPSHOT_FILES } from "../../runtime/run-snapshot.ts";
import type { RunReport } from "../../runtime/runs.ts";
import type { TimelineStep } from "../../runtime/timeline.ts";
import { otlpTrace } from "../../runtime/trace/otlp.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import { traceOf } from "../../runtime/trace/trace.ts";

const compress = promisify(gzip);

export interface EndedRun {
  readonly execution: DescribeExecution;
  readonly events: readonly HistoryEvent[];
  readonly report: RunReport;
  /** Of the plan that it ran. */
  readonly steps: readonly TimelineStep[];
  readonly journals: RunJournals;
  /** The plan's contracts say what is masked; absent: nothing is. */
  readonly plan?: ClassedPlan;
  /** Whether the trace shows content; it is masked, as all that is kept. */
  readonly traceContent?: boolean;
}

/** Where a run is kept, in the folder of all runs. */
export function runFolder(runs: string, id: string): string {
  return join(runs, id);
}

/** Writes all files, `run.json` last; those of an end before a redrive are replaced. */
export async function writeRunFolder(
  { execution, events, report, steps, journals, plan = {}, traceContent: content }: EndedRun,
  runs: string,
  ports: Pick<Ports, "records" | "artifacts" | "clock">,
): Promise<void> {
  const folder = runFolder(runs, report.run.id);
  await mkdir(folder, { recursive: true });
  // A reader takes what it names for what is there.
  await rm(join(folder, SNAPSHOT_FILES.run), { force: true });
  const artifacts = new Set<string>();
  const files: Record<string, { bytes: number; digest: string }> = {};
  const put = async (file: string, body: Uint8Array) => {
    await writeWhole(join(folder, file), body);
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    files[file] = { bytes: body.byteLength, digest };
  };
  const putJson = async (file: string, value: unknown, into = artifacts) => {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    collectArtifacts(text, into);
    await put(file, Buffer.from(text));
  };
  const whole = events.map((event) => runEvent(event));
  const redaction = new RunRedaction(plan);
  for (const event of whole) redaction.seeEvent(event);
  redaction.seeJournals(journals);
  await redaction.seeStored(ports.artifacts);
  const run = redaction.run(report.run);
  const shown = whole.map((event) => redaction.event(event));
  const history = shown.map((event) => `${JSON.stringify(event)}\n`).join("");
  collectArtifacts(history, artifacts);
  await put(SNAPSHOT_FILES.history, await compress(history));
  const approvals = (await approvalsOf(run.id, ports)).map((each) => redaction.approval(each));
  const now = ports.clock.now();
  const output = execution.output === undefined ? null : (JSON.parse(execution.output) as Json);
  await putJson(SNAPSHOT_FILES.input, redaction.value(JSON.parse(execution.input) as Json));
  await putJson(SNAPSHOT_FILES.output, redaction.value(output));
  await putJson(SNAPSHOT_FILES.approvals, approvals);
  const named = new Set<string>();
  const told = redaction.journals(journals);
  await putJson(SNAPSHOT_FILES.journals, told, named);
  // Models write what they like: only what is there was ever stored.
  for (const digest of named) {
    if (!artifacts.has(digest) && (await ports.artifacts.stat(digest))) artifacts.add(digest);
  }
  const trace = traceOf({ run, events: shown, steps, journals: told, approvals, now, content });
  await putJson(SNAPSHOT_FILES.trace, otlpTrace(trace));
  const withheld = redaction.withheld(artifacts);
  const snapshot: RunSnapshot = {
    ...{ format: 1, ...report, run, events: events.length, files },
    artifacts: [...artifacts].sort(),
    ...(withheld.length > 0 && { withheld }),
  };
  await writeWhole(
    join(folder, SNAPSHOT_FILES.run),
    Buffer.from(`${JSON.stringify(snapshot, null, 2)}\n`),
  );
}

/** Oldest first, each with its whole evidence. */
async function approvalsOf(run: string, ports: Pick<Ports, "records" | "artifacts">) {
  const found = await listApprovals({ run }, ports);
  return Promise.all(found.map(({ id }) => getApproval(id, ports)));
}

/** A reader finds the whole file or none. */
async function writeWhole(path: string, body: Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, body);
  await rename(draft, path);
}
