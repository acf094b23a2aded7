import type { Plan } from "../../compiler/plan.ts";

/** How a scenario deals with what a step asks. */
export type StepAnswers =
  /** Its code, or the kit's, runs. */
  | "runs"
  /** By the scenario, or by what was recorded. */
  | "answered"
  /** By a person. */
  | "decided"
  /** Always with success. */
  | "taken"
  /** It calls nobody. */
  | "nothing";

export function stepAnswers(step: string, { steps, functions }: Plan): StepAnswers {
  const kind = steps.find(({ id }) => id === step)?.kind;
  switch (kind) {
    case "task": {
      const planned = functions.find((each) => each.kind === "task" && each.step === step);
      return planned?.effect === "none" ? "runs" : "answered";
    }
    case "prompt":
    case "retrieve":
      return "runs";
    case "model":
    case "agent":
    case "memory":
    case "workflow":
      return "answered";
    case "approval":
      return "decided";
    case "emit":
      return "taken";
    default:
      return "nothing";
  }
}
