/** What runs that were recorded really did: medians over them. */
import { gzipSync } from "node:zlib";
import type { Control, RunDetail, RunEvent, RunRecord } from "../../runtime/control.ts";
import { collectArtifacts } from "../../runtime/run-snapshot.ts";
import { type TimelineRow, timeline } from "../../runtime/timeline.ts";
import type { RunUsage } from "../../runtime/trace/run-usage.ts";

export interface RecordedRuns {
  /** How many. */
  readonly runs: number;
  /** False: they ran other versions of the bundle than the one that is priced. */
  readonly sameBundle: boolean;
  readonly transitions: number;
  /** By id of the step: calls a run, retries included, and milliseconds of a call. */
  readonly calls: ReadonlyMap<string, { readonly calls: number; readonly ms: number }>;
  readonly artifacts: number;
  /** Of the run's snapshot: history compressed, input and output; artifacts are not in it. */
  readonly bytes: number;
  /** What each of those that asked models has used. */
  readonly usages: readonly RunUsage[];
}

/** As many as one looks at; medians do not change much beyond. */
const MOST_RUNS = 25;

/** Of the newest runs that succeeded, those of this bundle if there are any. Undefined: none. */
export async function recordedRuns(
  control: Control,
  workflow: string,
  digest: string,
): Promise<RecordedRuns | undefined> {
  const found = await control.runs({ workflow, status: "SUCCEEDED", limit: 1000 });
  const same = found.filter((run) => run.digest === digest);
  const taken = (same.length > 0 ? same : found).slice(0, MOST_RUNS);
  const read: ReadRun[] = [];
  for (const run of taken) {
    read.push(await readRun(control, run));
  }
  if (read.length === 0) return undefined;
  const usages = taken.flatMap(({ usage }) => usage ?? []);
  return { sameBundle: same.length > 0, ...medians(read), usages };
}

interface ReadRun {
  readonly transitions: number;
  readonly durations: ReadonlyMap<string, readonly number[]>;
  readonly artifacts: number;
  readonly bytes: number;
}

async function readRun(control: Control, { id }: RunRecord): Promise<ReadRun> {
  const run = await control.run(id);
  const events: RunEvent[] = [];
  for await (const event of control.history(id)) {
    events.push(event);
  }
  return measureRun(run, events);
}

/** A retry is a transition more: https://aws.amazon.com/step-functions/pricing/ */
export function measureRun(run: RunDetail, events: readonly RunEvent[]): ReadRun {
  const rows = timeline(events, run.steps);
  const durations = new Map<string, number[]>();
  let retries = 0;
  for (const row of rows) {
    retries += Math.max(0, row.attempts.length - 1);
    const before = durations.get(row.step) ?? [];
    durations.set(row.step, [...before, ...attemptsOf(row)]);
  }
  const text = events.map((event) => JSON.stringify(event)).join("\n");
  const artifacts = new Set<string>();
  collectArtifacts(text, artifacts);
  const ends =
    Buffer.byteLength(JSON.stringify(run.input)) + Buffer.byteLength(JSON.stringify(run.output));
  return {
    transitions: events.filter(({ type }) => type.endsWith("StateEntered")).length + retries,
    durations,
    artifacts: artifacts.size,
    bytes: gzipSync(text).byteLength + ends,
  };
}

function attemptsOf({ attempts }: TimelineRow): number[] {
  return attempts.flatMap(({ startedAt, endedAt }) =>
    endedAt === null ? [] : [Date.parse(endedAt) - Date.parse(startedAt)],
  );
}

function medians(read: readonly ReadRun[]): Omit<RecordedRuns, "sameBundle" | "usages"> {
  const steps = new Set(read.flatMap(({ durations }) => [...durations.keys()]));
  return {
    runs: read.length,
    transitions: median(read.map(({ transitions }) => transitions)),
    calls: new Map(
      [...steps].map((step) => {
        const all = read.map(({ durations }) => durations.get(step) ?? []);
        return [step, { calls: median(all.map(({ length }) => length)), ms: median(all.flat()) }];
      }),
    ),
    artifacts: median(read.map(({ artifacts }) => artifacts)),
    bytes: median(read.map(({ bytes }) => bytes)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
