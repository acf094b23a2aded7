/** `world.json` of a captured scenario: what a replay needs of the run, and nothing else. */
import { z } from "zod";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { StepJournal } from "../../runtime/trace/run-journals.ts";

const Anything = z.custom<Json>((value) => value !== undefined);
const Members = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

const Call = z.strictObject({
  state: z.string(),
  /** Position in the maps and repeats around it; absent where the call does not say. */
  iteration: z.string().optional(),
  /** Milliseconds after the run's start. */
  asked: z.int(),
  answered: z.int().optional(),
  /** Answers came in the order of these; absent where none came. */
  order: z.int().optional(),
  /** Absent, as the answer is, where the code runs again in any case. */
  request: Members.optional(),
  output: Anything.optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
});

export const World = z.strictObject({
  format: z.literal(1),
  run: z.strictObject({
    id: z.string(),
    environment: z.string(),
    customer: z.string().nullable(),
    principal: z.string(),
    startedAt: z.iso.datetime(),
    status: z.string(),
    error: z.string().nullable(),
    /** How often a person made it go on after it had failed. */
    redrives: z.int(),
  }),
  config: Members,
  /** In the order in which they were made. */
  calls: z.array(Call),
  /** What is kept of the run is masked: requests of models are no longer what they were. */
  masked: z.boolean(),
  /** What models and agents did: entries as the kit wrote them. */
  journals: z.array(
    z.custom<StepJournal>(
      (value) => typeof value === "object" && value !== null && "step" in value && "kind" in value,
    ),
  ),
});
export type World = z.infer<typeof World>;
export type WorldCall = World["calls"][number];
