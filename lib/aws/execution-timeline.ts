/**
 * The steps of a run so far, for evidence: from the history of its execution, and from the plan of its
 * bundle, which says what steps its states are.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { endedSteps, type StepsSoFar } from "../runtime/approval/steps-so-far.ts";
import { machineName } from "../runtime/deployed.ts";
import { runEvent } from "../runtime/run-event.ts";
import { createTimeline, type TimelineRow, type TimelineStep } from "../runtime/timeline.ts";
import type { AwsClients } from "./clients.ts";
import { keptSteps } from "./control/kept-run.ts";
import { readHistory } from "./executions.ts";
import type { S3Objects } from "./s3-objects.ts";
import { slimEvent } from "./slim-event.ts";
import { executionArnOf } from "./start-execution.ts";

export interface TimelineWorld {
  /** What the ARNs of all machines begin with; a name follows. */
  readonly machines: string;
  readonly bundles: S3Objects;
  readonly client: AwsClients["sfn"];
  /** Milliseconds for all of it: somebody waits to be asked. Default 5000. */
  readonly patience?: number;
}

/** Ten pages of a history that may have 25,000: its end alone would not say where an event belongs. */
const MOST_EVENTS = 10_000;

/** Milliseconds before a history that lags is read again. */
const PAUSES = [250, 750] as const;

/** Throws for what cannot be read, is too long, or takes too long. */
export function executionTimeline(world: TimelineWorld): StepsSoFar {
  const { machines, bundles, client, patience = 5_000 } = world;
  // Of the few bundles that runs have begun on since this function started.
  const plans = new Map<string, Promise<readonly TimelineStep[]>>();
  const stepsOf = (digest: string) => {
    const standing = plans.get(digest) ?? keptSteps(digest, bundles);
    plans.set(digest, standing);
    standing.catch(() => plans.delete(digest));
    return standing;
  };
  const read: StepsSoFar = async ({ run, step }) => {
    const machine = `${machines}${machineName(run.environment, run.workflow)}`;
    const executionArn = executionArnOf(machine, run.id);
    const steps = await stepsOf(run.digest);
    const asks = ({ step: id, iteration, endedAt }: TimelineRow) =>
      id === step.id && iteration === step.iteration && endedAt === null;
    for (let look = 0; ; look += 1) {
      const rows = await rowsOf(executionArn, steps, client);
      const pause = PAUSES[look];
      // As long as it does not show who asks, it may lack what came just before, too.
      if (pause === undefined || rows.some(asks)) return endedSteps(rows);
      await sleep(pause);
    }
  };
  return (call) => atMost(patience, read(call));
}

async function rowsOf(
  executionArn: string,
  steps: readonly TimelineStep[],
  client: AwsClients["sfn"],
): Promise<readonly TimelineRow[]> {
  const timeline = createTimeline(steps);
  let count = 0;
  for await (const event of readHistory(executionArn, client)) {
    count += 1;
    if (count > MOST_EVENTS) throw new Error(`The history has more than ${MOST_EVENTS} events.`);
    timeline.push(slimEvent(runEvent(event)));
  }
  return timeline.rows();
}

/** What goes on after that is left to end on its own. */
async function atMost<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`The history was not read within ${milliseconds} ms.`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
    late.catch(() => undefined);
  }
}
