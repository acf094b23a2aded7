/** What starts a run without being asked: an event, a schedule, a new object, an HTTP request. */
import { z } from "zod";
import { Value, WorkflowName } from "./values.ts";

const Common = {
  name: WorkflowName.optional(),
  input: Value.optional().describe("The run's input; $event is what triggered it."),
};

const Pattern = z.record(z.string(), Value);

export const Trigger = z.union([
  z.strictObject({ event: Pattern.describe("EventBridge event pattern."), ...Common }),
  z.strictObject({
    schedule: z
      .string()
      .regex(
        /^(rate|cron|at)\(.+\)$/,
        "Write rate(1 day), cron(0 8 * * ? *) or at(2027-01-31T09:00:00).",
      ),
    timezone: z.string().optional(),
    ...Common,
  }),
  z.strictObject({
    "object-created": z.strictObject({
      bucket: z.string().min(3),
      prefix: z.string().optional(),
      suffix: z.string().optional(),
    }),
    ...Common,
  }),
  z.strictObject({
    http: z.strictObject({
      method: z.enum(["POST", "PUT"]).default("POST"),
      path: z.string().regex(/^\/[A-Za-z0-9/_-]*$/, "Write a path such as /requests."),
    }),
    ...Common,
  }),
]);
export type Trigger = z.infer<typeof Trigger>;
