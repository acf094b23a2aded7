/**
 * What a model asked for in one turn, done: refused calls and all that nobody has to allow first, at
 * the same time; then, one after the other, those that a person approves; the artifact last. Each
 * result has its own entry in the journal, and what has one is not done again.
 */
import { digestOfJson } from "../canonical-json.ts";
import type { AgentOutcome } from "./agent-call.ts";
import type { ToolDocument } from "./agent-document.ts";
import { AgentFailure } from "./agent-failure.ts";
import type { AgentRun } from "./agent-run.ts";
import type { AgentState, Call, Turn } from "./agent-state.ts";
import { evidenceFor, notApproved } from "./approval.ts";
import { callsCap } from "./caps.ts";
import type { ToolOutcome } from "./journal-entry.ts";
import { argumentsProblem, type Judgement, judgeCall } from "./judge-call.ts";
import { performCall } from "./perform-call.ts";
import { partOf, resultText } from "./result-text.ts";

/** Functions that one agent calls at the same time; Lambda's concurrency is shared by everybody. */
const CALLS_AT_ONCE = 8;

/** An outcome if the function has to return; undefined: every call of the turn has its result. */
export async function answerTurn(run: AgentRun, turn: Turn): Promise<AgentOutcome | undefined> {
  const { state, document } = run;
  const cap = callsCap(state, turn, document);
  if (cap) throw new AgentFailure(cap.error, cap.message, true);
  const judged = turn.calls
    .filter(({ outcome }) => outcome === undefined)
    .map((call) => ({ call, judgement: judgeCall(call, turn, document, run.offered) }));
  await allOf(judged, CALLS_AT_ONCE, ({ call, judgement }) => withoutAsking(run, call, judgement));
  for (const { call, judgement } of judged) {
    if (judgement.kind === "ask") {
      const outcome = await withApproval(run, turn, call, judgement.tool);
      if (outcome) return outcome;
    }
    if (judgement.kind === "submit") {
      await run.append({
        kind: "done",
        at: run.now(),
        call: call.id,
        artifact: judgement.artifact,
      });
    }
  }
  return undefined;
}

async function withoutAsking(run: AgentRun, call: Call, judgement: Judgement): Promise<void> {
  switch (judgement.kind) {
    case "refused": {
      const { error, message } = judgement;
      return note(run, call, { status: "error", error, message });
    }
    case "readResult":
      return note(run, call, readResult(run.state, judgement, run.document.context.resultBytes));
    case "execute": {
      const { tool } = judgement;
      const { clearance } = run.document.model;
      const planned = { id: call.id, tool, input: call.input, isApproved: false, clearance };
      await run.needTime(tool.timeout);
      return note(
        run,
        call,
        await performCall({ ...planned, signal: run.signal }, run.call, run.world),
      );
    }
    case "ask":
    case "submit":
      return;
    default:
      return judgement satisfies never;
  }
}

/** Asks once; comes back with the decision, and then executes exactly what was decided about. */
async function withApproval(
  run: AgentRun,
  turn: Turn,
  call: Call,
  tool: ToolDocument,
): Promise<AgentOutcome | undefined> {
  const { decision } = call;
  if (!decision) {
    if (!call.asked) {
      // Nobody is asked for what cannot be done.
      const reason = await run.world.disabled(tool);
      if (reason !== undefined) {
        await note(run, call, { status: "error", error: "Tools.Disabled", message: reason });
        return undefined;
      }
      const argumentsDigest = digestOfJson(call.input);
      await run.append({ kind: "asked", at: run.now(), call: call.id, argumentsDigest });
    }
    const evidence = evidenceFor(call, turn, tool, run.state, run.document);
    return { status: "awaitingApproval", toolUseId: call.id, evidence };
  }
  if (decision.verdict !== "approved") {
    await note(run, call, notApproved(decision));
    return undefined;
  }
  const { override } = decision;
  const problem = override === undefined ? undefined : argumentsProblem(override, tool.input);
  if (problem !== undefined) {
    // A person believes that this happens: it must not turn into something that a model is told.
    throw new AgentFailure(
      "Tool.ArgumentsInvalid",
      `The approver ${decision.by ?? ""} changed the arguments of "${tool.name}". ${problem}`,
      true,
    );
  }
  await run.needTime(tool.timeout);
  const { clearance } = run.document.model;
  const input = override ?? call.input;
  const planned = { id: call.id, tool, input, isApproved: true, clearance };
  // Not cut off by the agent's own time: half of an effect is worse than a late one.
  const { signal } = run.world;
  await note(run, call, await performCall({ ...planned, signal }, run.call, run.world));
  return undefined;
}

function note(run: AgentRun, call: Call, result: ToolOutcome): Promise<void> {
  return run.append({
    kind: "tool",
    at: run.now(),
    call: call.id,
    tool: call.name.slice(0, 80),
    result,
  });
}

function readResult(
  { calls }: AgentState,
  { reference, from }: { readonly reference: string; readonly from: number },
  bytes: number,
): ToolOutcome {
  const outcome = calls.get(reference)?.outcome;
  if (outcome?.status !== "success") {
    const message = `No result has the reference ${JSON.stringify(reference.slice(0, 80))}.`;
    return { status: "error", error: "Tool.ArgumentsInvalid", message };
  }
  // Room for the fields around it: or the part would be cut once more.
  const part = partOf(resultText(outcome.value), from, Math.max(200, bytes - 200));
  return { status: "success", value: { text: part.text, next: part.to, of: part.of } };
}

/**
 * Some at a time. After a failure nothing new begins; what is under way ends first, and is noted, so
 * that no result is lost.
 */
async function allOf<T>(
  items: readonly T[],
  atOnce: number,
  perform: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      if (failures.length > 0) return;
      try {
        await perform(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
