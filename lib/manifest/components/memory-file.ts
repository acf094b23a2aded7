/** `memory.yaml` of a memory policy: what is remembered, for whom, and for how long. */
import { z } from "zod";
import { duration, WorkflowName } from "../values.ts";

export const MemoryFile = z.strictObject({
  scope: z
    .enum(["customer", "principal", "workflow", "run"])
    .describe(
      "Who shares an entry: all runs of one customer, one principal, one workflow, one run.",
    ),
  retention: duration().describe("After the last write."),
  readers: z.array(WorkflowName).default([]).describe("Workflows that may read."),
  writers: z.array(WorkflowName).default([]).describe("Workflows that may write and forget."),
  maxBytes: z.int().min(1).max(262_144).default(32_768).describe("Of one value as JSON."),
});
export type MemoryFile = z.infer<typeof MemoryFile>;
