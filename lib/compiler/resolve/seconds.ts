/** How long the functions of steps may take. */
import type {
  AgentStep,
  MemoryStep,
  ModelStep,
  PromptStep,
  RetrieveStep,
  TaskStep,
} from "../../manifest/manifest.ts";
import type { Resolution } from "./resolution.ts";

type Called = TaskStep | ModelStep | RetrieveStep | MemoryStep | PromptStep;

/** Two calls of the model (the answer, and one repair), and this for all around them. */
const AROUND_CALLS = 30;

/** Seconds, 1 to 900: the timeout of a step's function, and of its state. */
export function functionSeconds(step: Called, resolution: Resolution): number {
  if (step.timeout !== undefined) return step.timeout;
  const resolved = resolution.get(step.id);
  const call = resolved?.kind === "model" ? resolved.model.document.timeout : 60;
  return Math.min(900, 2 * call + AROUND_CALLS);
}

/** Seconds that a step with a function takes at most, an agent over all of its calls. */
export function workSeconds(step: Called | AgentStep, resolution: Resolution): number | undefined {
  if (step.kind !== "agent") return functionSeconds(step, resolution);
  const resolved = resolution.get(step.id);
  return resolved?.kind === "agent" ? resolved.agent.file.limits.time : undefined;
}
