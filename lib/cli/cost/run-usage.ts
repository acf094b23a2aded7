/** What a run uses of AWS: of the plan or of recorded runs, and of the kit's own code. */
import type { Plan, PlannedFunction } from "../../compiler/plan.ts";
import { EXPRESS_SECONDS } from "../../runtime/express.ts";
import type { PricedItem } from "./prices.ts";
import type { RecordedRuns } from "./recorded-runs.ts";

/** `bound`: no run takes more, maps and repeats apart. `assumed`: nobody has measured it here. */
export type Basis = "bound" | "recorded" | "counted" | "assumed";

export interface Usage {
  readonly item: PricedItem;
  /** What of the item, where it has several rows. */
  readonly part?: string;
  /** In the units of the price. */
  readonly quantity: number;
  readonly basis: Basis;
}

/** Of the kit's own functions, as `lib/constructs` makes them. */
const KIT_MEMORY = { intake: 512, approval: 512, runs: 1024 } as const;

/** Of a call of the kit's own functions, cold starts included: an assumption on the safe side. */
const KIT_SECONDS = 1;

/**
 * Write and read units of what the kit does on its table; `test/cli/cost/counts.test.ts` holds them to
 * what the code does. A write goes to the item and to each index that has it; a key that changes in an
 * index is two writes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */
export const TABLE_UNITS = {
  /** A run that begins and ends, without customer. */
  run: { writes: 4 + 5, reads: 2 },
  /** Asked for, events noted, decided, delivered, told; of an item of 1 KB. */
  approval: { writes: 5 + 5 + 7 + 5 + 6, reads: 3 },
  /** The entries of its audit: asked for, decided, delivered. Each moves the head of its stream on. */
  audit: { writes: 3 * 2, reads: 3 * 2 },
  /** For each approver of it: put once, and deleted when the approval is no longer open. */
  approver: { writes: 2, reads: 0 },
  effect: { writes: 2, reads: 0 },
} as const;

/** Of an approval, with its task token and evidence: write units for each write of it. */
const APPROVAL_KB = 4;
/** Looking at the end of a run for its approvals, to close and to keep them. */
const END_READS = 2;

/** history, input, output, approvals, run: the files of a run snapshot. */
const SNAPSHOT_WRITES = 5;
/** Of a snapshot, where no run is recorded. */
const ASSUMED_BYTES = 50_000;
/** Retention class `standard`. */
const OBJECT_MONTHS = 400 / (365.25 / 12);
/** Run records have no end; a year of them is priced. */
const TABLE_MONTHS = 12;
/** Item and 3 index entries of 1 KB. */
const RUN_ITEM_BYTES = 4 * 1024;
/** Item and 4 index entries of 4 KB. */
const APPROVAL_ITEM_BYTES = 5 * 4 * 1024;

const GB = 1024 ** 3;

export function runUsage(plan: Plan, recorded: RecordedRuns | undefined): readonly Usage[] {
  const work = recorded ? "recorded" : "bound";
  const calls = (step: string) => recorded?.calls.get(step)?.calls ?? 0;
  const steps = plan.functions.map((planned) => ({
    calls: recorded ? calls(planned.name) : 1,
    effect: planned.effect !== "none" && planned.effect !== "read",
    gbSeconds: computeOf(planned, recorded),
  }));
  const approvals = plan.approvals.map(({ step, states, policy }) => ({
    // At most: nobody decides before the last stage.
    calls: recorded ? calls(step) : states.length,
    approvers: policy.approvers.length,
  }));
  const emitters = plan.steps.filter(({ kind }) => kind === "emit");
  const emits = sum(emitters.map(({ id }) => (recorded ? calls(id) : 1)));
  const asked = sum(approvals.map((one) => one.calls));
  const effects = sum(steps.map((one) => (one.effect ? one.calls : 0)));
  const stepCalls = sum(steps.map((one) => one.calls));
  // One intake, one report of the beginning and one of the end.
  const kitCalls = 1 + asked + 2;
  const kitGb = (KIT_MEMORY.intake + asked * KIT_MEMORY.approval + 2 * KIT_MEMORY.runs) / 1024;
  const { run, approval, audit, approver, effect } = TABLE_UNITS;
  const approvalWrites = sum(
    approvals.map(
      (one) =>
        one.calls *
        (approval.writes * APPROVAL_KB + audit.writes + approver.writes * one.approvers),
    ),
  );
  const artifacts = recorded?.artifacts ?? 0;
  const transitions: Usage = {
    item: "transitions",
    quantity: recorded?.transitions ?? plan.transitions.longestPath,
    basis: work,
  };
  return [
    ...(plan.type === "express" ? expressUsage(plan, recorded) : [transitions]),
    { item: "lambdaRequests", part: "steps", quantity: stepCalls, basis: work },
    { item: "lambdaRequests", part: "platform", quantity: kitCalls, basis: "counted" },
    {
      item: "lambdaCompute",
      part: "steps",
      quantity: sum(steps.map((one) => one.gbSeconds)),
      basis: work,
    },
    { item: "lambdaCompute", part: "platform", quantity: kitGb * KIT_SECONDS, basis: "assumed" },
    {
      item: "tableWrites",
      quantity: run.writes + approvalWrites + effects * effect.writes,
      basis: "counted",
    },
    {
      item: "tableReads",
      quantity:
        run.reads + END_READS + asked * (approval.reads + audit.reads) + effects * effect.reads,
      basis: "counted",
    },
    {
      item: "tableStorage",
      part: "a year",
      quantity: ((RUN_ITEM_BYTES + asked * APPROVAL_ITEM_BYTES) / GB) * TABLE_MONTHS,
      basis: "assumed",
    },
    {
      item: "objectWrites",
      quantity: SNAPSHOT_WRITES + artifacts,
      basis: recorded ? "recorded" : "counted",
    },
    { item: "objectReads", quantity: artifacts, basis: recorded ? "recorded" : "counted" },
    {
      item: "objectStorage",
      part: "400 days",
      quantity: ((recorded?.bytes ?? ASSUMED_BYTES) / GB) * OBJECT_MONTHS,
      basis: recorded ? "recorded" : "assumed",
    },
    { item: "events", quantity: emits, basis: work },
  ];
}

/** Billed memory of a run whose definition and data stay within a few MB. */
const EXPRESS_GB = 64 / 1024;
/** Of a run's log, with all inputs and outputs. */
const ASSUMED_LOG_BYTES = 50_000;
/** The claim of a name: written, and written again when the run was started. */
const CLAIM = { writes: 2, reads: 1 };

/** In place of transitions: the run itself, how long it lasts, its log, and the claim of its name. */
function expressUsage(plan: Plan, recorded: RecordedRuns | undefined): readonly Usage[] {
  const measured = [...(recorded?.calls.values() ?? [])].map(
    ({ calls, ms }) => (calls * ms) / 1000,
  );
  const limit = plan.definition.TimeoutSeconds;
  const seconds = recorded ? sum(measured) : typeof limit === "number" ? limit : EXPRESS_SECONDS;
  return [
    { item: "expressRequests", quantity: 1, basis: "counted" },
    {
      item: "expressCompute",
      quantity: seconds * EXPRESS_GB,
      basis: recorded ? "recorded" : "bound",
    },
    { item: "logs", quantity: ASSUMED_LOG_BYTES / GB, basis: "assumed" },
    { item: "tableWrites", part: "claim", quantity: CLAIM.writes, basis: "counted" },
    { item: "tableReads", part: "claim", quantity: CLAIM.reads, basis: "counted" },
  ];
}

/** An environment looks after approvals every 15 minutes, whether anything runs or not. */
export function monthlyUsage(): readonly Usage[] {
  const sweeps = (365.25 / 12) * 24 * 4;
  return [
    { item: "lambdaRequests", part: "sweep", quantity: sweeps, basis: "counted" },
    {
      item: "lambdaCompute",
      part: "sweep",
      quantity: (sweeps * KIT_SECONDS * KIT_MEMORY.runs) / 1024,
      basis: "assumed",
    },
    // Approvals: open ones by deadline, undelivered ones, open ones by run. Runs: those that run, and
    // the first two again.
    { item: "tableReads", part: "sweep", quantity: sweeps * 6, basis: "counted" },
  ];
}

/** GB-seconds of a run: what was measured, else every function until its timeout. */
function computeOf(
  { name, memory, timeout }: PlannedFunction,
  recorded: RecordedRuns | undefined,
): number {
  const gb = memory / 1024;
  if (recorded === undefined) {
    return gb * timeout;
  }
  const measured = recorded.calls.get(name);
  return measured === undefined ? 0 : (gb * measured.calls * measured.ms) / 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
