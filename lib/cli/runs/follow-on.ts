import type { Control } from "../../runtime/control.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { Invocation } from "../command.ts";
import type { ExitCode } from "../failure.ts";
import { runDocument, stepDocument } from "./documents.ts";
import { followRun } from "./follow-run.ts";
import { modelJournals, printModels } from "./model-summary.ts";
import { exitCodeOf, printEnding, printInterrupted } from "./run-ending.ts";

export interface FollowedOn {
  readonly exitCode: ExitCode;
  /** The run and its steps. */
  readonly document: JsonObject;
}

/** Shows how a run that somebody has set going goes on: steps after the event `since`, then its ending. */
export async function followOn(
  invocation: Invocation,
  control: Control,
  id: string,
  {
    since,
    decided = [],
  }: {
    readonly since: number;
    /** Approvals whose decision is on its way. */
    readonly decided?: readonly string[];
  },
): Promise<FollowedOn> {
  const { out, io } = invocation;
  const run = await control.run(id);
  const followed = await followRun(control, run.id, {
    out,
    steps: run.steps,
    signal: io.signal,
    decided: new Set(decided),
    since,
    deployed: invocation.aws !== undefined,
  });
  if (followed.stoppedBecause === "interrupted") {
    printInterrupted(invocation, followed.run);
  } else {
    if (followed.stoppedBecause === "ended") {
      printModels(out, await modelJournals(control, followed.run));
    }
    await printEnding(invocation, control, followed.run, followed.rows);
  }
  return {
    exitCode: exitCodeOf(followed),
    document: {
      run: runDocument(followed.run),
      steps: followed.rows.map((row) => stepDocument(row)),
    },
  };
}

/** Id of the newest event of a run: `since` for what comes after it. */
export async function lastEventId(control: Control, run: string): Promise<number> {
  let last = 0;
  for await (const { id } of control.history(run)) {
    last = id;
  }
  return last;
}
