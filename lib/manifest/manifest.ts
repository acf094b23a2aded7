/**
 * The manifest of a workflow: the grammar of `workflow.yaml` and, inferred from it, what the rest
 * of the kit reads. Normalized: defaults filled in, durations in seconds, steps told apart by `kind`.
 * Keys stay where the file has them, so a path into this value is a path into the file.
 */
import { z } from "zod";
import { Uses } from "./components/uses.ts";
import { ContractReference } from "./contract-reference.ts";
import { UsageLimits } from "./money.ts";
import { Steps } from "./step.ts";
import { Trigger } from "./trigger.ts";
import { bundlePath, duration, Value, WorkflowName } from "./values.ts";
import { Version } from "./version.ts";

export type * from "./step.ts";
export type { Trigger } from "./trigger.ts";
export type { Json } from "./values.ts";

export const Manifest = z.strictObject({
  apiVersion: z.literal("espalier/v1"),
  workflow: WorkflowName.describe("The workflow's name; also that of its state machine."),
  version: Version,
  description: z.string().optional(),
  owners: z.strictObject({
    business: z.string().min(1),
    platform: z.string().min(1),
    risk: z.string().min(1),
  }),
  input: ContractReference.optional(),
  output: ContractReference.optional(),
  uses: Uses.default({}).describe(
    "Components, by category and alias: an exact version, a range, or a binding of the environment.",
  ),
  triggers: z.array(Trigger).default([]),
  limits: z
    .strictObject({
      duration: duration().optional().describe("A run that takes longer is timed out."),
      ...UsageLimits.shape,
    })
    .default({}),
  type: z
    .enum(["standard", "express"])
    .default("standard")
    .describe(
      "Kind of state machine; express is cheap and fast, ends within five minutes, waits for nobody.",
    ),
  config: z
    .record(z.string(), Value)
    .default({})
    .describe("What $config holds, unless an environment overrides it."),
  files: z
    .array(bundlePath())
    .default([])
    .describe("Further files of the bundle that handlers read at run time."),
  steps: Steps,
});
export type Manifest = z.infer<typeof Manifest>;
