/** `bundles/NAME/scenarios/suite.yaml`: what must hold for all scenarios of a bundle together. */
import { z } from "zod";
import { WorkflowName } from "../values.ts";
import { Share } from "./check.ts";
import { ScenarioName } from "./scenario-file.ts";

export const SuiteFile = z.strictObject({
  apiVersion: z.literal("espalier/v1"),
  suite: WorkflowName.describe("As the workflow is named."),
  passed: Share.prefault("100%").describe("Share of the scenarios that must pass."),
  flaky: Share.prefault("0%").describe("Share of the scenarios that may be flaky."),
  must: z.array(ScenarioName).default([]).describe("Scenarios that must pass in any case."),
  generated: z
    .strictObject({
      from: z
        .array(ScenarioName)
        .optional()
        .describe("Scenarios whose input is varied; absent: all that pass."),
      ends: z
        .array(z.string().min(1))
        .default([])
        .describe("Errors with which the workflow ends on purpose."),
    })
    .default({ ends: [] }),
});
export type SuiteFile = z.infer<typeof SuiteFile>;
