import type { Control, RunDetail, RunEvent } from "../../runtime/control.ts";
import { createTimeline, type TimelineRow, type TimelineStep } from "../../runtime/timeline.ts";
import type { Output } from "../output.ts";
import { StepPrinter } from "./step-printer.ts";

/** After this long without an event, a run whose approval is open counts as waiting for a person. */
const QUIET_MS = 150;
/** The same for a run on AWS, where events take longer, and each look costs requests. */
const QUIET_DEPLOYED_MS = 1500;

export interface Followed {
  readonly run: RunDetail;
  readonly rows: readonly TimelineRow[];
  /** Id of the last event that was seen: `since` of the next call. */
  readonly lastEvent: number;
  /** `interrupted`: the signal came first; the run itself goes on where a runtime drives it. */
  readonly stoppedBecause: "ended" | "waiting" | "interrupted";
}

/**
 * Shows a run's steps as they happen, until it has ended, waits for nobody but a person, or `signal`
 * aborts. With `since`, steps that had ended by that event id are not shown again.
 */
export async function followRun(
  control: Control,
  id: string,
  options: {
    readonly out: Output;
    readonly steps: readonly TimelineStep[];
    readonly signal: AbortSignal;
    /** Approvals whose decision is on its way: their run is not taken to wait for them. */
    readonly decided?: ReadonlySet<string>;
    readonly since?: number;
    /** The run is on AWS. */
    readonly deployed?: boolean;
  },
): Promise<Followed> {
  const { out, steps, signal, decided = new Set(), since = 0, deployed = false } = options;
  const quietMs = deployed ? QUIET_DEPLOYED_MS : QUIET_MS;
  const timeline = createTimeline(steps);
  const printer = new StepPrinter(out, steps);
  let lastEvent = 0;
  const finish = async (stoppedBecause: Followed["stoppedBecause"]): Promise<Followed> => {
    out.clearProgress();
    return { run: await control.run(id), rows: timeline.rows(), lastEvent, stoppedBecause };
  };

  const stop = new AbortController();
  const events = control
    .history(id, { follow: true, signal: AbortSignal.any([signal, stop.signal]) })
    [Symbol.asyncIterator]();
  let next = events.next();
  try {
    for (;;) {
      const waits = printer.active().some(mayWait);
      const event = await firstOf(next, signal, waits ? quietMs : undefined);
      if (signal.aborted) {
        return await finish("interrupted");
      }
      if (event === "quiet") {
        if (await waitsForPerson(control, id, printer.active(), decided)) {
          return await finish("waiting");
        }
        continue;
      }
      if (event.done) {
        return await finish("ended");
      }
      lastEvent = event.value.id;
      const changed = timeline.push(event.value);
      printer.update(changed, event.value.id > since);
      next = events.next();
    }
  } finally {
    next.catch(() => {}); // Abandoned on purpose: aborting ends it, one way or the other.
    stop.abort();
    out.clearProgress();
  }
}

/** The next event, or `quiet` if none came in time. */
async function firstOf(
  next: Promise<IteratorResult<RunEvent>>,
  signal: AbortSignal,
  quietMs: number | undefined,
): Promise<IteratorResult<RunEvent> | "quiet"> {
  const cleanup = new AbortController();
  const quiet = new Promise<"quiet">((resolve) => {
    if (quietMs !== undefined) {
      const timer = setTimeout(() => resolve("quiet"), quietMs);
      cleanup.signal.addEventListener("abort", () => clearTimeout(timer));
    }
    // An interrupt ends the wait even if the history does not.
    if (signal.aborted) {
      resolve("quiet");
    }
    signal.addEventListener("abort", () => resolve("quiet"), { signal: cleanup.signal });
  });
  try {
    return await Promise.race([next, quiet]);
  } finally {
    cleanup.abort();
  }
}

/** An approval is known to wait by its record, even where the history does not say yet that it was asked for. */
function mayWait({ outcome, kind }: TimelineRow): boolean {
  return outcome === "waiting" || kind === "approval";
}

/** True if nothing in the run moves by itself, and an approval of it is open. */
async function waitsForPerson(
  control: Control,
  id: string,
  active: readonly TimelineRow[],
  decided: ReadonlySet<string>,
): Promise<boolean> {
  if (active.some((row) => !mayWait(row) || row.kind === "workflow")) {
    return false;
  }
  const run = await control.run(id);
  const open = run.waitingFor.filter((approval) => !decided.has(approval));
  return run.status === "RUNNING" && open.length > 0;
}
