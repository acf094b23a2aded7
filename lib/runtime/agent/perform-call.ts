/** Calls one tool: switch, rate, function, and what of its answer goes into the journal. */
import { setTimeout as sleep } from "node:timers/promises";
import { isEffectful } from "../effect.ts";
import { ArtifactCorrupt, ArtifactNotFound, type ErrorName, isStepError } from "../errors.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import type { Json } from "../json.ts";
import { clear } from "../model/clearance.ts";
import { countToolCall } from "../rate-limit.ts";
import { loadStoredValues } from "../stored-value.ts";
import type { AgentCall, ToolCall } from "./agent-call.ts";
import type { ToolDocument } from "./agent-document.ts";
import { AgentFailure, asFailure } from "./agent-failure.ts";
import type { AgentWorld } from "./agent-world.ts";
import { boundedJson } from "./bounded-json.ts";
import type { ToolOutcome } from "./journal-entry.ts";
import { partOf } from "./result-text.ts";
import { TimeIsUp, withinTime } from "./within-time.ts";

export interface PlannedCall {
  /** Id of the call within the agent. */
  readonly id: string;
  readonly tool: ToolDocument;
  /** Checked arguments. */
  readonly input: Json;
  /** A person has approved it: then it happens, now or at the next retry, and is never given up. */
  readonly isApproved: boolean;
  /** Data classes that the model may see. */
  readonly clearance: readonly string[];
  /** Ends the call when the agent's time is up. */
  readonly signal: AbortSignal;
}

const MAX_RESULT_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGE = 2000;
/** Seconds that the loop itself waits for room under a rate; beyond, the model is told. */
const LONGEST_WAIT = 15;

/**
 * What came of the call, for the journal and the model. Throws `AgentFailure` where the model can do
 * nothing about it, or must not be asked: the step is retried, and the call made again with its key.
 */
export async function performCall(
  planned: PlannedCall,
  call: AgentCall,
  world: AgentWorld,
): Promise<ToolOutcome> {
  if (world.recorded) return world.recorded.outcome(planned);
  const { tool, isApproved } = planned;
  const reason = await world.disabled(tool);
  if (reason !== undefined) {
    if (isApproved) throw new AgentFailure("Tools.Disabled", reason, false);
    return failed("Tools.Disabled", reason);
  }
  try {
    if (tool.rate) await waitForRate(planned, call, world);
    const payload = payloadOf(planned, call);
    const { timeout } = tool;
    const answer = await withinTime(timeout, planned.signal, (signal) =>
      world.tools.call(tool.function, payload, { signal, timeout }),
    );
    return outcomeOf(await loadStoredValues(answer, world.ports.artifacts), planned);
  } catch (error) {
    // Not the tool's doing: the loop stops.
    if (planned.signal.aborted) throw planned.signal.reason;
    return failureOf(error, planned);
  }
}

/** The key of a call's effect is made of run, step, iteration and this id. */
function payloadOf({ id, tool, input }: PlannedCall, call: AgentCall): ToolCall {
  return {
    run: call.run,
    step: call.step,
    tool: {
      name: tool.name,
      toolUseId: id,
      mcp: tool.mcp,
      ...(tool.idempotent === false && { idempotent: false }),
    },
    input,
    given: call.input,
    config: call.config,
  };
}

async function waitForRate(
  { id, tool, signal }: PlannedCall,
  call: AgentCall,
  { ports, deadline }: AgentWorld,
): Promise<void> {
  const rated = { run: call.run, tool, id: `${idempotencyKeyOf(call)}/${id}` };
  for (;;) {
    try {
      return await countToolCall(rated, ports, { signal });
    } catch (error) {
      const seconds = retryAfter(error);
      const left = (deadline.getTime() - ports.clock.now().getTime()) / 1000 - tool.timeout;
      if (seconds === undefined || seconds > Math.min(LONGEST_WAIT, left)) throw error;
      await sleep(seconds * 1000, undefined, { signal });
    }
  }
}

function retryAfter(error: unknown): number | undefined {
  if (!isStepError(error) || error.name !== ("Tool.RateLimited" satisfies ErrorName)) {
    return undefined;
  }
  const { retryAfter: seconds } = error.details as { retryAfter?: unknown };
  return typeof seconds === "number" ? seconds : undefined;
}

function outcomeOf(answer: Json, { tool, clearance }: PlannedCall): ToolOutcome {
  const bounded = boundedJson(answer, MAX_RESULT_BYTES);
  if (!bounded.ok) {
    return failed("Tool.Failed", `The tool's result cannot be shown: ${bounded.problem}.`);
  }
  const { value, removed } = clear(bounded.value, tool.output ?? true, clearance);
  return { status: "success", value, ...(removed.length > 0 && { removed }) };
}

function failureOf(error: unknown, { tool, isApproved }: PlannedCall): ToolOutcome {
  const isLate = error instanceof TimeIsUp;
  const hasTimedOut = isLate || TIMEOUTS.some((name) => nameOf(error) === name);
  const name = isLate ? "Sandbox.Timedout" : nameOf(error);
  const text = isLate
    ? `"${tool.name}" did not answer within its ${tool.timeout} s.`
    : messageOf(error);
  const isOpen = isTransient(name) || (hasTimedOut && isEffectful(tool.effect));
  // No answer of the function: a network, a store. Whether it has worked is not known.
  if (isApproved && !isLate && !isAnswer(error)) throw asFailure(error);
  // Whether an effect has happened is not known, or it is happening: its key finds out at the retry.
  if (isOpen || STOPPING.some((each) => each === name)) {
    throw new AgentFailure(name, text, false, { cause: error });
  }
  if (isApproved && name === ("Tool.RateLimited" satisfies ErrorName)) {
    throw new AgentFailure(name, text, false, { cause: error });
  }
  return failed(name, text);
}

/** What a tool's function says by failing, or by naming a result that is not there. */
function isAnswer(error: unknown): boolean {
  return (
    isStepError(error) || error instanceof ArtifactNotFound || error instanceof ArtifactCorrupt
  );
}

const TIMEOUTS = ["Sandbox.Timedout", "States.Timeout"];

/** For a person to look at, not for a model to get around. */
const STOPPING: readonly ErrorName[] = ["Tool.ContractChanged"];

/** Another attempt is at it, or the function was never reached: the names that AWS advises to retry. */
function isTransient(name: string): boolean {
  return name === ("Step.InProgress" satisfies ErrorName) || name.startsWith("Lambda.");
}

function failed(error: string, message: string): ToolOutcome {
  return { status: "error", error, message: partOf(message, 0, MAX_MESSAGE).text };
}

/** Names of errors that are part of an interface; others are accidents of the code. */
function nameOf(error: unknown): string {
  return isStepError(error) ? error.name : ("Tool.Failed" satisfies ErrorName);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
