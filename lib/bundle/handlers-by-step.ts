import type { Step } from "../manifest/manifest.ts";
import type { HandlerContract } from "./bundle.ts";

/** Contracts by step id, from those by the path of the code. */
export function handlersByStep(
  steps: readonly Step[],
  handlers: ReadonlyMap<string, HandlerContract>,
): ReadonlyMap<string, HandlerContract> {
  const found = new Map<string, HandlerContract>();
  const visit = (list: readonly Step[]): void => {
    for (const step of list) {
      if (step.kind === "task") {
        const contract = handlers.get(step.task);
        if (contract) found.set(step.id, contract);
      }
      if ("steps" in step) visit(step.steps);
      if (step.kind === "switch") {
        for (const way of step.switch) visit("otherwise" in way ? way.otherwise : way.steps);
      }
      if (step.kind === "parallel")
        for (const branch of Object.values(step.parallel)) visit(branch);
      if ("catch" in step) for (const one of step.catch) if ("steps" in one) visit(one.steps);
    }
  };
  visit(steps);
  return found;
}
