import type { Control } from "../../runtime/control.ts";
import type { Json } from "../../runtime/json.ts";
import type { Invocation, Outcome } from "../command.ts";
import { type NamedFile, withArtifacts } from "../input/artifacts.ts";
import { runDocument, stepDocument } from "./documents.ts";
import { followRun } from "./follow-run.ts";
import { modelJournals, printModels } from "./model-summary.ts";
import type { RuntimePlace } from "./place.ts";
import { exitCodeOf, printEnding, printInterrupted } from "./run-ending.ts";
import { printStart } from "./run-start.ts";

export interface RunRequest {
  readonly workflow: string;
  readonly given: Json;
  readonly artifacts: readonly NamedFile[];
  readonly principal: string;
  readonly name?: string;
  /** Start it, and do not wait. */
  readonly detach: boolean;
}

/** Starts a run, and shows its steps until it has ended or waits for a person. */
export async function startAndFollow(
  invocation: Invocation,
  control: Control,
  place: RuntimePlace,
  { workflow, given, artifacts, principal, name, detach }: RunRequest,
): Promise<Outcome> {
  const { io, out, suggest } = invocation;
  const started = await control.startRun({
    workflow,
    input: await withArtifacts(control, given, artifacts, io.cwd),
    principal,
    ...(name !== undefined && { name }),
  });
  printStart(invocation, started, place);
  const run = await control.run(started.id);
  if (detach) {
    if (place.kind === "deployed") {
      out.line(`It goes on in AWS. Look at it: ${suggest(`show ${run.id}`)}`);
    } else if (place.embedded) {
      out.line(`It goes on when a runtime drives it: ${suggest("dev")}`);
    }
    return { exitCode: 0, document: { run: runDocument(run) } };
  }
  const followed = await followRun(control, run.id, {
    out,
    steps: run.steps,
    signal: io.signal,
    deployed: place.kind === "deployed",
  });
  if (followed.stoppedBecause === "ended") {
    printModels(out, await modelJournals(control, followed.run));
  }
  await (followed.stoppedBecause === "interrupted"
    ? printInterrupted(invocation, followed.run)
    : printEnding(invocation, control, followed.run, followed.rows));
  if (followed.run.status === "SUCCEEDED") {
    out.line();
    out.line(`Look again: ${suggest(`show ${run.id}`)}`);
  }
  return {
    exitCode: exitCodeOf(followed),
    document: {
      run: runDocument(followed.run),
      steps: followed.rows.map((row) => stepDocument(row)),
    },
  };
}
