/** Replays a recorded run, on its own bundle or on another. */
import type { Json } from "../runtime/json.ts";
import { costOf } from "../runtime/model/cost.ts";
import type { ModelDocument } from "../runtime/model/model.ts";
import type { OpenedModel } from "../runtime/model/opened-model.ts";
import type { Artifacts } from "../runtime/ports.ts";
import { type RecordedCall, recordedCalls } from "../runtime/recorded-calls.ts";
import { AgentReplays } from "./agent-answers.ts";
import { CallAnswers, type MaskedWorld } from "./answer-calls.ts";
import { asItRan } from "./as-it-ran.ts";
import type { ReplayBundle } from "./bundle-snapshot.ts";
import { compareEnds, comparePaths, endOf } from "./compare-ends.ts";
import { isSameJson } from "./differences.ts";
import { CodeRunner } from "./guard/code-runner.ts";
import type { RunsCode } from "./guard/protocol.ts";
import { inputFor } from "./input-for.ts";
import { Baseline, isMaskedRun } from "./masks.ts";
import { budgetSpent, ModelAnswers } from "./model-answers.ts";
import type { ReplayObserver } from "./observer.ts";
import { openEvents } from "./open-events.ts";
import { overlayArtifacts } from "./overlay-artifacts.ts";
import { performRun } from "./perform-run.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { replayMachine } from "./replay-definition.ts";
import { ReplayError } from "./replay-error.ts";
import type { CallPlace, ReplayReport } from "./report.ts";

export interface ReplayOptions {
  /** Where the run's artifacts are. Nothing is written there. */
  readonly artifacts: Pick<Artifacts, "open" | "stat">;
  /** The run's own bundle: what it makes of masks, and agents that cannot run again, are compared with it. */
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
  readonly code?:
    | ((artifacts: Pick<Artifacts, "open" | "put">, bundle: ReplayBundle) => RunsCode)
    | undefined;
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
  checkAsked(recorded, bundle, options);
  const against = bundle.digest !== run.digest;
  const isMasked = isMaskedRun(recorded);
  const before =
    isMasked && against && options.own
      ? await perform(recorded, asItRan(options.own, recorded), ownOptions(options), {
          ...{ against: false, masks: { made: new Baseline() } },
        })
      : undefined;
  const masks = isMasked ? { made: new Baseline(), before: before?.made } : undefined;
  const { steps, performed, spent } = await perform(recorded, bundle, options, { against, masks });
  const end = compareEnds(before?.performed ?? endOf(recorded), performed);
  const path = comparePaths(before?.performed.events ?? recorded.events, performed.events);
  const open = openEvents(recorded.events);
  const gone = new Set(before?.performed.missing.map(({ id }) => id));
  const missing = performed.missing
    .filter(({ id, answer }) => answer !== undefined && !open.has(id) && !gone.has(id))
    .map(placeOf);
  const first = steps.findIndex(({ verdict }) => verdict !== "same" && verdict !== "masked");
  const isSamePath = missing.length === 0 && path.length === 0 && end.isSame;
  const isPathMasked = isMasked && !before && first < 0 && !isSamePath;
  return {
    format: 1,
    run: { id: run.id, workflow: run.workflow, digest: run.digest, startedAt: run.startedAt },
    bundle: { digest: bundle.digest, version: bundle.plan.version },
    ...{ against, steps, missing, path, end, spent },
    isIdentical: first < 0 && (isSamePath || isPathMasked),
    masks: isMasked
      ? {
          calls: steps.filter(({ verdict }) => verdict === "masked").length,
          path: isPathMasked,
        }
      : null,
    first: first < 0 ? null : first,
  };
}

/** What the run's own bundle does is for comparison only: nobody is asked, and nobody watches. */
function ownOptions({ artifacts, code }: ReplayOptions): ReplayOptions {
  return { artifacts, code };
}

async function perform(
  recorded: RecordedRun,
  bundle: ReplayBundle,
  options: ReplayOptions,
  { against, masks }: { readonly against: boolean; readonly masks: MaskedWorld | undefined },
) {
  const { run } = recorded;
  const { plan } = bundle;
  const { observer } = options;
  const artifacts = overlayArtifacts(options.artifacts);
  // Opens no thread before it runs code.
  const thread = new CodeRunner(bundle, artifacts);
  const machine = replayMachine(plan, run);
  const journals = masks?.before?.journals(recorded.journals) ?? recorded.journals;
  const inOrder = against ? undefined : masks?.made;
  let spent = 0;
  const answers = new CallAnswers({
    ...{ bundle, machine, against, masks, code: options.code?.(artifacts, bundle) ?? thread },
    ...{ from: options.from, input: options.input, observer },
    models: {
      ...{ artifacts, observer, live: options.live, answers: new ModelAnswers(journals, inOrder) },
      spend: ({ prices }, reply) => {
        if (reply) spent += costOf(reply.usage, prices);
        else if (options.budget !== undefined && spent >= options.budget) {
          throw budgetSpent(options.budget);
        }
      },
    },
    agents: new AgentReplays(journals, { isOwn: !against, inOrder }),
    isSameAgent: (name) => isSameFunction(name, options.own, bundle),
  });
  try {
    const performed = await performRun({
      ...{ workflow: plan.workflow, id: run.id, machine },
      ...{ redrives: recorded.redrives, withData: observer !== undefined, isOther: against },
      calls: recordedCalls(recorded.events),
      input: against ? inputFor(recorded.input, options.own, bundle) : recorded.input,
      startedAt: Date.parse(recorded.events[0]?.timestamp ?? run.startedAt),
      answer: (call) => answers.answer(call),
    });
    observer?.ended(performed.events, artifacts, performed.names);
    return { steps: answers.steps, performed, spent, made: masks?.made };
  } finally {
    await thread.close();
  }
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
