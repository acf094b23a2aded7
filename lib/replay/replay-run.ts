/** Replays a recorded run, on its own bundle or on another. */
import type { Json } from "../runtime/json.ts";
import { costOf } from "../runtime/model/cost.ts";
import type { ModelDocument } from "../runtime/model/model.ts";
import type { OpenedModel } from "../runtime/model/opened-model.ts";
import type { Artifacts } from "../runtime/ports.ts";
import { AgentReplays } from "./agent-answers.ts";
import { CallAnswers } from "./answer-calls.ts";
import type { ReplayBundle } from "./bundle-snapshot.ts";
import { differencesOf, isSameJson } from "./differences.ts";
import { CodeRunner } from "./guard/code-runner.ts";
import type { RunsCode } from "./guard/protocol.ts";
import { inputFor } from "./input-for.ts";
import { budgetSpent, ModelAnswers } from "./model-answers.ts";
import type { ReplayObserver } from "./observer.ts";
import { type ChainedEvent, openEvents } from "./open-events.ts";
import { overlayArtifacts } from "./overlay-artifacts.ts";
import { type Performed, performRun } from "./perform-run.ts";
import { type RecordedCall, recordedCalls } from "./recorded-calls.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { replayMachine } from "./replay-definition.ts";
import { ReplayError } from "./replay-error.ts";
import type { CallPlace, End, PathChange, ReplayedEnd, ReplayReport } from "./report.ts";

export interface ReplayOptions {
  /** Where the run's artifacts are. Nothing is written there. */
  readonly artifacts: Pick<Artifacts, "open" | "stat">;
  /** The run's own bundle, to compare its agents with those of another. */
  readonly own?: ReplayBundle | undefined;
  /** Takes all steps before this one from the record. */
  readonly from?: string | undefined;
  /** What the step `from` is given in place of its recorded input. */
  readonly input?: Json | undefined;
  /** Opens a model for requests that nobody has answered. Absent: they are reported. */
  readonly live?: ((document: ModelDocument) => OpenedModel) | undefined;
  /** What live calls may cost together, in micro units of the models' currency. Absent: no limit. */
  readonly budget?: number | undefined;
  /** Is told what is asked and answered, for a comparison. */
  readonly observer?: ReplayObserver | undefined;
  /**
   * Whoever has run code of this bundle before, told where a replay has its documents. Absent: a thread of
   * its own, ended afterwards.
   */
  readonly code?: ((artifacts: Pick<Artifacts, "open" | "put">) => RunsCode) | undefined;
}

/**
 * Runs the bundle's machine with the run's input in virtual time. Code without effect runs again, twice,
 * in worlds that agree in nothing but its input; models are answered by what they answered to the same
 * bytes; everything else is answered from the record, and only its requests are compared. Nothing
 * outside is reached but by `live`. Throws `ReplayError`: `StepNotFound`, `OtherWorkflow`.
 */
export async function replayRun(
  recorded: RecordedRun,
  given: ReplayBundle,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const { run } = recorded;
  const bundle = asItRan(given, recorded);
  const { plan, digest } = bundle;
  const against = digest !== run.digest;
  const calls = recordedCalls(recorded.events);
  checkAsked(recorded, bundle, options);
  const artifacts = overlayArtifacts(options.artifacts);
  // Opens no thread before it runs code.
  const thread = new CodeRunner(bundle, artifacts);
  const { observer } = options;
  const machine = replayMachine(plan, run);
  let spent = 0;
  const answers = new CallAnswers({
    ...{ bundle, machine, against, code: options.code?.(artifacts) ?? thread },
    ...{ from: options.from, input: options.input, observer },
    models: {
      ...{ artifacts, observer, live: options.live, answers: new ModelAnswers(recorded.journals) },
      spend: ({ prices }, reply) => {
        if (reply) spent += costOf(reply.usage, prices);
        else if (options.budget !== undefined && spent >= options.budget) {
          throw budgetSpent(options.budget);
        }
      },
    },
    agents: new AgentReplays(recorded.journals, { isOwn: !against, inOrder: false }),
    isSameAgent: (name) => isSameFunction(name, options.own, bundle),
  });
  try {
    const performed = await performRun({
      ...{ workflow: plan.workflow, id: run.id, machine },
      ...{ redrives: recorded.redrives, calls, withData: observer !== undefined },
      input: against ? inputFor(recorded.input, options.own, bundle) : recorded.input,
      startedAt: Date.parse(recorded.events[0]?.timestamp ?? run.startedAt),
      answer: (call) => answers.answer(call),
    });
    observer?.ended(performed.events, artifacts);
    const { steps } = answers;
    const end = compareEnds(recorded, performed);
    const path = comparePaths(recorded, performed);
    const open = openEvents(recorded.events);
    const missing = performed.missing
      .filter(({ id, answer }) => answer !== undefined && !open.has(id))
      .map(placeOf);
    const first = steps.findIndex(({ verdict }) => verdict !== "same");
    return {
      format: 1,
      run: { id: run.id, workflow: run.workflow, digest: run.digest, startedAt: run.startedAt },
      bundle: { digest, version: plan.version },
      ...{ against, steps, missing, path, end, spent },
      isIdentical: first < 0 && missing.length === 0 && path.length === 0 && end.isSame,
      first: first < 0 ? null : first,
    };
  } finally {
    await thread.close();
  }
}

/** A pulled run brings its own plan: on this machine other people may be asked. */
function asItRan(bundle: ReplayBundle, { run, plan }: RecordedRun): ReplayBundle {
  return plan !== undefined && bundle.digest === run.digest ? { ...bundle, plan } : bundle;
}

function checkAsked({ run }: RecordedRun, { plan }: ReplayBundle, { from }: ReplayOptions): void {
  if (plan.workflow !== run.workflow) {
    throw new ReplayError(
      "OtherWorkflow",
      `The run ${run.id} is one of ${run.workflow}; the bundle is of ${plan.workflow}.`,
      `Name a bundle of ${run.workflow}.`,
    );
  }
  if (from !== undefined && !plan.steps.some(({ id }) => id === from)) {
    const known = plan.steps.map(({ id }) => id).join(", ");
    throw new ReplayError("StepNotFound", `There is no step "${from}".`, `Steps are: ${known}.`);
  }
}

/** By content: the same document does the same. Without the run's own bundle nobody knows. */
function isSameFunction(
  name: string,
  own: ReplayBundle | undefined,
  bundle: ReplayBundle,
): boolean {
  const of = (each: ReplayBundle | undefined) =>
    (each?.plan.functions.find((planned) => planned.name === name) ?? null) as unknown as Json;
  return of(own) !== null && isSameJson(of(own), of(bundle));
}

function placeOf({ state, iteration, request }: RecordedCall): CallPlace {
  const payload = request.Payload as { readonly step?: { readonly id?: Json } } | undefined;
  const id = payload?.step?.id;
  return { step: typeof id === "string" ? id : state, state, iteration };
}

/** A run that was stopped, or ran out of time, was ended from outside: so is its replay. */
const FROM_OUTSIDE = new Set(["ABORTED", "TIMED_OUT"]);

function compareEnds({ run, output }: RecordedRun, performed: Performed): ReplayedEnd {
  const recorded: End = { status: run.status, output, error: run.error?.name ?? null };
  const { status, error } = performed;
  if (FROM_OUTSIDE.has(run.status) && status === "ABORTED") {
    return { recorded, replayed: recorded, isSame: true, differences: [] };
  }
  const replayed: End = { status, output: performed.output, error };
  const differences = differencesOf(recorded as unknown as Json, replayed as unknown as Json);
  return { recorded, replayed, isSame: differences.length === 0, differences };
}

function comparePaths({ events }: RecordedRun, performed: Performed): readonly PathChange[] {
  const before = countEntered(events);
  const now = countEntered(performed.events);
  const states = new Set([...before.keys(), ...now.keys()]);
  return [...states]
    .map((state) => ({
      ...{ state, recorded: before.get(state) ?? 0, replayed: now.get(state) ?? 0 },
    }))
    .filter(({ recorded, replayed }) => recorded !== replayed);
}

function countEntered(events: readonly ChainedEvent[]): ReadonlyMap<string, number> {
  const open = openEvents(events);
  const counts = new Map<string, number>();
  for (const event of events) {
    if (open.has(event.id)) continue;
    const { stateEnteredEventDetails: entered } = event as {
      readonly stateEnteredEventDetails?: { readonly name: string };
    };
    if (entered) counts.set(entered.name, (counts.get(entered.name) ?? 0) + 1);
  }
  return counts;
}
