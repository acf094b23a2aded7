/** What the function `runs` does on its schedule. */
import { type RunSweepWorld, type StuckRun, sweepRuns } from "../../lib/aws/sweep-runs.ts";
import { queueMetric } from "../../lib/runtime/approval/approval-metrics.ts";
import { listApprovals } from "../../lib/runtime/approval/find-approvals.ts";
import { sweepApprovals } from "../../lib/runtime/approval/sweep-approvals.ts";
import { STUCK_RUNS } from "../../lib/runtime/deployed.ts";
import { metricLine } from "../../lib/runtime/embedded-metric.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";
import type { Ports } from "../../lib/runtime/ports.ts";
import type { LambdaContext } from "../lambda-context.ts";

/** Milliseconds that are left to the run that is being looked at: its snapshot may be large. */
const LAST_RUN_MS = 90_000;

interface SweepWorld extends Omit<RunSweepWorld, "goOn"> {
  readonly ports: Ports;
  readonly announcer: (approval: string) => Promise<void>;
}

/**
 * Approvals first, since a decision that arrives late sets its run going; then runs. Counts those that
 * are stuck in any case; throws what kept approvals from being worked off.
 */
export async function sweep(world: SweepWorld, context: LambdaContext): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  await sweepApprovals({ ...world.ports, announcer: world.announcer, writeLine }).catch(
    (error: unknown) => {
      failure = { error };
    },
  );
  await writeQueue(world).catch((error: unknown) => {
    failure ??= { error };
  });
  const goOn = () => context.getRemainingTimeInMillis() > LAST_RUN_MS;
  const { stuck, repaired, looked, left } = await sweepRuns({ ...world, goOn });
  for (const run of stuck) write("WARN", "A run is stuck", world, stuckFields(run));
  for (const run of repaired) {
    write("WARN", "The end of a run had not been reported; it is recorded now", world, {
      run_id: run,
    });
  }
  if (left > 0) write("WARN", "There was no time to look at all runs", world, { looked, left });
  const metric = metricLine({
    dimensions: [STUCK_RUNS.dimension],
    metrics: [{ name: STUCK_RUNS.metric, unit: "Count" }],
    fields: {
      [STUCK_RUNS.metric]: new Set(stuck.map(({ run }) => run)).size,
      [STUCK_RUNS.dimension]: world.environment,
    },
    at: world.ports.clock.now(),
  });
  process.stdout.write(`${metric}\n`);
  if (failure) throw failure.error;
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** How many approvals wait, and how many of them for too long. */
async function writeQueue({ ports, environment }: SweepWorld): Promise<void> {
  const now = ports.clock.now();
  const open = await listApprovals({ status: "open" }, ports);
  const overdue = open.filter(
    ({ deadline }) => deadline !== null && deadline <= now.toISOString(),
  ).length;
  writeLine(queueMetric({ open: open.length, overdue }, environment, now));
}

function stuckFields({ run, reason, error }: StuckRun): JsonObject {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { run_id: run, reason, ...(error !== undefined && { error: text }) };
}

function write(
  level: string,
  message: string,
  { ports, environment }: SweepWorld,
  data: JsonObject,
) {
  const timestamp = ports.clock.now().toISOString();
  const line = { level, message, timestamp, service: "espalier-runs", environment, ...data };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
