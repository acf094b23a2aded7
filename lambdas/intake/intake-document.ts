/** `intake.json`: what the intake knows of its workflow, written by `lib/constructs`. */
import * as z from "zod";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";

const JsonValue = z.custom<Json>((value) => value !== undefined);
const JsonRecord = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

const IntakeTrigger = z.object({
  name: z.string().optional(),
  /** JSON with `{% JSONata %}` in it; `$event` is what happened. */
  input: JsonValue.optional(),
  event: JsonRecord.optional(),
  schedule: z.string().optional(),
  "object-created": JsonRecord.optional(),
  http: z.object({ method: z.string().default("POST"), path: z.string() }).optional(),
});
export type IntakeTrigger = z.infer<typeof IntakeTrigger>;

export const Intake = z.object({
  format: z.literal(1),
  workflow: z.string(),
  version: z.string(),
  type: z.enum(["standard", "express"]).default("standard"),
  digest: z.string(),
  input: z.union([z.literal(true), JsonRecord]),
  config: JsonRecord,
  /** Of the environment, where that is one customer's. */
  customer: z.string().optional(),
  triggers: z.array(IntakeTrigger),
});
export type Intake = z.infer<typeof Intake>;
