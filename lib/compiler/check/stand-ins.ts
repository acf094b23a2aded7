/** Where stand-ins answer in place of models, every step that calls one has to have one. */
import type { Bundle } from "../../bundle/bundle.ts";
import type { Index } from "../index-steps.ts";
import type { Report } from "./report.ts";

export function checkStandIns({ agents, source }: Bundle, index: Index, report: Report): void {
  for (const { step, path } of index.steps) {
    if (step.kind !== "model" && step.kind !== "agent") continue;
    const written = step.kind === "model" ? step.standIn : agents.get(step.agent)?.file.standIn;
    if (written !== undefined) continue;
    const where = step.kind === "model" ? "the step" : step.agent;
    report.add(
      {
        code: "ESP861",
        message: `nothing stands in for the model of "${step.id}", and here only stand-ins answer`,
        hint: `Write standIn: agents/NAME.stand-in.ts into ${where}, or name another adapter under models of the environment.`,
      },
      source.placeOf([...path, step.kind]),
    );
  }
}
