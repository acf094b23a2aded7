/** Runs again what reaches nothing outside: code without effect, and what the kit itself does. */
import type { PlannedFunction } from "../compiler/plan.ts";
import type { AgentCall } from "../runtime/agent/agent-call.ts";
import type { StepCall } from "../runtime/call.ts";
import type { Json } from "../runtime/json.ts";
import { runRetrieveStep } from "../runtime/knowledge/retrieve-step.ts";
import { runPromptStep } from "../runtime/prompt/prompt-step.ts";
import type { RecordedAnswer } from "../runtime/recorded-calls.ts";
import type { AgentReplays } from "./agent-answers.ts";
import type { ReplayBundle } from "./bundle-snapshot.ts";
import type { RunsCode, Use } from "./guard/protocol.ts";
import { type ModelReplay, NeedsLive, replayModelStep, SILENT } from "./model-answers.ts";
import type { MadeCall } from "./perform-run.ts";
import { NotRecorded } from "./recorded-agent.ts";

export interface RunWorld {
  readonly bundle: ReplayBundle;
  readonly code: RunsCode;
  readonly models: ModelReplay;
  readonly agents: AgentReplays;
  /** Whether it is another bundle than the run's own. */
  readonly against: boolean;
}

/** What came of running something again. */
export interface Ran {
  readonly answer: { readonly output: Json } | { readonly error: string; readonly message: string };
  readonly uses: readonly Use[];
  readonly depends: readonly Use[];
  /** Paths of the bundle's files that it has asked for. */
  readonly files: readonly string[];
  readonly how: "run" | "live";
}

/** Failures that no code is to blame for: the world had them, and has them again. */
const OF_WORLD =
  /^(?:States|Lambda|Sandbox|Runtime|Function)\.|^(?:Step\.InProgress|Budget\.Exceeded|Agent\.TimeLimit|Guardrail\.Blocked|Model\.(?:Throttled|Unavailable|NotRecorded|RequestInvalid|Refused)|Tools\.Disabled|Tool\.(?:RateLimited|ContractChanged))$/;

export function isOfWorld(answer: RecordedAnswer | undefined): boolean {
  return answer !== undefined && "error" in answer && OF_WORLD.test(answer.error);
}

/** Whether running it again reaches nothing outside. */
export function isRepeatable(planned: PlannedFunction): boolean {
  switch (planned.kind) {
    case "task":
      return planned.effect === "none";
    case "model":
    case "agent":
    case "prompt":
    case "retrieve":
      return true;
    default:
      return false;
  }
}

/** Undefined: nothing is known by which it could be run. Throws `NeedsLive` and `NotRecorded`. */
export async function runAgain(
  planned: PlannedFunction,
  call: MadeCall,
  { bundle, code, models, agents, against }: RunWorld,
): Promise<Ran | undefined> {
  const payload = call.request.Payload as unknown as StepCall;
  const now = call.recorded?.askedAt ?? call.now;
  switch (planned.kind) {
    case "task": {
      const { timeout, entry } = planned;
      const given = { file: bundle.codeOf(entry), now, timeout };
      const { answer, ...found } = await code.run({
        ...given,
        payload: payload as unknown as Json,
      });
      const parsed = "error" in answer ? answer : { output: JSON.parse(answer.output) as Json };
      return { ...found, answer: parsed, how: "run" };
    }
    case "model": {
      const { id, iteration } = payload.step;
      // A cache has answered: what it held is not kept beside the answer itself.
      if (!against && !models.answers.has(id, iteration)) return undefined;
      return asked(() => replayModelStep(planned.document, payload, now, models));
    }
    case "agent": {
      const asking = payload as AgentCall;
      if (!agents.has(asking) && !models.live) return undefined;
      return asked(() => agents.run(planned.document, asking, now, models));
    }
    case "prompt": {
      const { artifacts } = models;
      const work = () => runPromptStep(planned.document, payload, { artifacts, logger: SILENT });
      return { ...NOTHING, answer: await settled(work), how: "run" };
    }
    case "retrieve": {
      const { artifacts } = models;
      const readFile = async (path: string) => bundle.readFile(path);
      const world = { artifacts, readFile, logger: SILENT };
      const answer = await settled(() => runRetrieveStep(planned.document, payload, world));
      return { ...NOTHING, answer, how: "run" };
    }
    default:
      return undefined;
  }
}

/** Takes note of a call that is answered from the record. */
export async function passAgain(
  planned: PlannedFunction,
  { request }: MadeCall,
  { agents, models }: RunWorld,
): Promise<void> {
  if (planned.kind !== "agent") return;
  await agents.pass(request.Payload as unknown as AgentCall, models.artifacts);
}

const NOTHING = { uses: [], depends: [], files: [] } as const;

async function asked(
  work: () => Promise<{ readonly output: Json; readonly isLive: boolean }>,
): Promise<Ran> {
  let isLive = false;
  const answer = await settled(async () => {
    const done = await work();
    isLive = done.isLive;
    return done.output;
  });
  return { ...NOTHING, answer, how: isLive ? "live" : "run" };
}

async function settled(work: () => Promise<Json>): Promise<Ran["answer"]> {
  try {
    return { output: await work() };
  } catch (error) {
    if (error instanceof NeedsLive || error instanceof NotRecorded) throw error;
    if (!(error instanceof Error)) throw error;
    return { error: error.name, message: error.message };
  }
}
