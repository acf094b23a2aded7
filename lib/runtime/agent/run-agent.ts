/** The agent step: DESIGN §7. */
import type { Json } from "../json.ts";
import { storeLargeValues } from "../stored-value.ts";
import type { AgentCall, AgentOutcome } from "./agent-call.ts";
import type { AgentDocument } from "./agent-document.ts";
import { asFailure, failureError, partialOf } from "./agent-failure.ts";
import { type AgentRun, openAgentRun, Pause } from "./agent-run.ts";
import type { AgentWorld } from "./agent-world.ts";
import { decisionFrom } from "./approval.ts";
import { runLoop } from "./loop.ts";
import { type Opening, openingFor } from "./opening.ts";
import { settleTurn } from "./take-turn.ts";

/**
 * Runs an agent from where its journal ends: until it has its artifact, needs a person, or has too
 * little time left in this function. May be called again at any time with the same call, after a crash
 * at any point too: what has happened is not done again, and once ended, it ends the same way.
 *
 * Throws `StepError` under the name of what stopped it, with an `AgentFailureCause` as its message.
 * Final: `Agent.*`, `Model.Refused`, `Guardrail.Blocked`, `Model.ContextExceeded`,
 * `Model.OutputInvalid`, `Contract.OutputInvalid`, `Tool.ArgumentsInvalid` (of an approver's edit).
 * Retried from where it stopped: `Budget.Exceeded`, `Model.Throttled`, `Model.Unavailable`,
 * `Tools.Disabled` (an approved call), `Tool.RateLimited` (an approved call), `Tool.ContractChanged`,
 * `Step.InProgress`, and names of a tool's function that was not reached. Before anything begins:
 * `Contract.InputInvalid`.
 */
export async function runAgent(
  document: AgentDocument,
  call: AgentCall,
  world: AgentWorld,
): Promise<AgentOutcome> {
  const opening = await openingFor(document, call, world.ports.artifacts);
  const run = await openAgentRun(document, call, world);
  try {
    if (!run.state.end) await enter(run, opening);
    return await outcomeOf(run, await runLoop(run, opening));
  } catch (error) {
    return await stop(run, error);
  } finally {
    run.close();
  }
}

/** What the journal says of this call of the function, and what an earlier one may have left undone. */
async function enter(run: AgentRun, { removed }: Opening): Promise<void> {
  const { document, call, state } = run;
  const { agent, model } = document;
  if (state.lastAt === undefined) {
    const name = `${model.component}@${model.version}`;
    const told = { modelId: run.world.modelId, currency: model.prices.currency };
    await run.append({ kind: "started", at: run.now(), agent, model: name, ...told, removed });
  } else {
    await run.append({ kind: "entered", at: run.now() });
  }
  if (call.resume) {
    const decision = decisionFrom(call.resume, state, run.now());
    if (decision) await run.append(decision);
  }
  const last = state.turns.at(-1);
  if (last) await settleTurn(run, last.reply);
}

async function outcomeOf(run: AgentRun, outcome: AgentOutcome | undefined): Promise<AgentOutcome> {
  if (outcome) return outcome;
  const { end } = run.state;
  if (end?.kind !== "done") throw new TypeError("The loop has ended without an end.");
  const output: Json = await storeLargeValues(end.artifact, run.world.ports.artifacts);
  return { status: "done", output };
}

async function stop(run: AgentRun, error: unknown): Promise<AgentOutcome> {
  const { document, state, world } = run;
  if (state.end?.kind === "failed") {
    const { error: name, message, partial } = state.end;
    throw failureError(name, message, partial, state, document, error);
  }
  const hasToStop = error instanceof Pause || (world.signal.aborted && run.hasProgress());
  if (hasToStop) {
    const message = error instanceof Error ? error.message : "";
    await run.append({ kind: "stopped", at: run.now(), reason: "continue", message });
    return { status: "continue" };
  }
  const { name, message, isFinal } = asFailure(error);
  const partial = await partialOf(state, document, world.ports.artifacts);
  const at = run.now();
  if (isFinal) {
    await run.append({ kind: "failed", at, error: name, message, partial });
  } else {
    try {
      await run.append({ kind: "stopped", at, reason: name, message });
    } catch (unwritten) {
      // Often the very reason for which it stops; what stopped it is what counts.
      world.logger.warn("The journal does not say why the agent stopped", { error: unwritten });
    }
  }
  world.logger.error("The agent stopped", { error: name, isFinal });
  throw failureError(name, message, partial, state, document, error);
}
