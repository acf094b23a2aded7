/** Runs a scenario on a bundle: its own answers first, then what runs again, then what was recorded. */
import type { Plan } from "../../compiler/plan.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { costOf } from "../../runtime/model/cost.ts";
import type { ModelDocument } from "../../runtime/model/model.ts";
import type { OpenedModel } from "../../runtime/model/opened-model.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import type { RecordedCall } from "../../runtime/recorded-calls.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import { AgentReplays } from "../agent-answers.ts";
import { CallAnswers } from "../answer-calls.ts";
import type { ReplayBundle } from "../bundle-snapshot.ts";
import { CodeRunner } from "../guard/code-runner.ts";
import type { RunsCode } from "../guard/protocol.ts";
import { Baseline } from "../masks.ts";
import { ModelAnswers } from "../model-answers.ts";
import { overlayArtifacts } from "../overlay-artifacts.ts";
import { performRun } from "../perform-run.ts";
import { replayMachine } from "../replay-definition.ts";
import { GivenAnswers } from "./given-answers.ts";
import type { Played } from "./played.ts";
import type { Scenario } from "./scenario.ts";
import { Sightings } from "./sightings.ts";
import type { World } from "./world.ts";

export interface PlayOptions {
  /** In place of the scenario's own input. */
  readonly input?: Json | undefined;
  /** As of `replayRun`. Absent: a thread of its own. */
  readonly code?: ((artifacts: Pick<Artifacts, "open" | "put">) => RunsCode) | undefined;
  /** Opens a model for requests that nobody has answered. Absent: the scenario is unproven. */
  readonly live?: ((document: ModelDocument) => OpenedModel) | undefined;
  /** Before a model is asked, without a number, and may throw; then what it has cost, in millionths. */
  readonly spend?: ((millionths?: number) => void) | undefined;
}

/** When a run begins, unless a scenario says otherwise: on a working day, in office hours. */
const STARTED_AT = "2026-01-14T10:00:00.000Z";
const PRINCIPAL = "scenario@example.com";

/** Nothing outside is reached but by `live`. */
export async function playScenario(
  scenario: Scenario,
  bundle: ReplayBundle,
  options: PlayOptions = {},
): Promise<Played> {
  const { file, world } = scenario;
  const { plan, digest } = bundle;
  const environment = world?.run.environment ?? "local";
  const startedAt = Date.parse(file.startedAt ?? world?.run.startedAt ?? STARTED_AT);
  const input = options.input === undefined ? scenario.input : options.input;
  const artifacts = overlayArtifacts(storedIn(scenario));
  const thread = new CodeRunner(bundle, artifacts);
  // The bundle's own digest, so that one machine serves all scenarios of a suite.
  const machine = replayMachine(plan, { digest, environment });
  const journals: RunJournals = { format: 1, steps: world?.journals ?? [] };
  const seen = new Sightings(plan, journals);
  const answers = new CallAnswers({
    ...{ bundle, machine, against: true, observer: seen },
    code: options.code?.(artifacts) ?? thread,
    models: {
      ...{ artifacts, observer: seen, live: options.live },
      answers: new ModelAnswers(journals),
      spend: ({ prices }, reply) =>
        reply ? options.spend?.(costOf(reply.usage, prices)) : options.spend?.(),
    },
    agents: new AgentReplays(journals, {
      ...{ isOwn: false, inOrder: world?.masked ? new Baseline() : undefined },
    }),
  });
  const given = new GivenAnswers(scenario.answers, plan);
  try {
    const performed = await performRun({
      ...{ workflow: plan.workflow, id: world?.run.id ?? `${plan.workflow}-scenario`, machine },
      ...{ startedAt, redrives: world?.run.redrives ?? 0, withData: true, isOther: true },
      calls: world ? callsOf(world) : [],
      input: {
        input,
        run: {
          principal: file.principal ?? world?.run.principal ?? PRINCIPAL,
          customer: file.customer ?? world?.run.customer ?? null,
        },
        config: configOf(scenario, plan),
      },
      async answer(call) {
        const own = given.answer(call);
        if (own === undefined) return answers.answer(call);
        seen.given(call, own);
        return own;
      },
    });
    return seen.played(input, performed);
  } finally {
    await thread.close();
  }
}

function configOf({ file, world }: Scenario, plan: Plan): JsonObject {
  return { ...plan.config, ...world?.config, ...file.config };
}

function storedIn({ artifact }: Scenario): Pick<Artifacts, "open" | "stat"> {
  return {
    async *open(digest) {
      const bytes = await artifact(digest);
      if (!bytes) throw new Error(`The scenario has no artifact ${digest}.`);
      yield bytes;
    },
    async stat(digest) {
      const bytes = await artifact(digest);
      return bytes && { bytes: bytes.byteLength };
    },
  };
}

function callsOf({ run, calls }: World): readonly RecordedCall[] {
  const start = Date.parse(run.startedAt);
  return calls.map((call, id): RecordedCall => {
    const { order, answered = call.asked, error } = call;
    const at = { event: order ?? 0, at: start + answered };
    const answer =
      order === undefined
        ? undefined
        : error === undefined
          ? { ...at, output: call.output ?? null }
          : { ...at, error, cause: call.cause };
    return {
      ...{ id, state: call.state, iteration: call.iteration ?? "", resource: "" },
      ...{ request: call.request ?? {}, askedAt: start + call.asked, answer },
    };
  });
}
