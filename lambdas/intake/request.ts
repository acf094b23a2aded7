/** The payloads that the intake gets, each with where its answer goes. */
import * as z from "zod";
import type { Json } from "../../lib/runtime/json.ts";
import type { Repair } from "../../lib/runtime/repair/repair.ts";

const JsonValue = z.custom<Json>((value) => value !== undefined);

/** From an EventBridge rule or a schedule; nobody waits for the answer. */
const Triggered = z.object({
  trigger: z.int().min(0),
  event: z.looseObject({ id: z.string(), time: z.string().optional() }),
});

/** From the CLI, which waits. */
const Started = z.object({
  start: z.object({
    input: JsonValue,
    principal: z.string().min(1),
    customer: z.string().min(1).optional(),
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,80}$/)
      .optional(),
    // Made by `repairRun`; who may invoke this function directly may operate runs.
    repair: z.custom<Repair>((value) => typeof value === "object" && value !== null).optional(),
  }),
});

/** A function URL's: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
const Requested = z.object({
  version: z.literal("2.0"),
  headers: z.record(z.string(), z.string()).default({}),
  rawQueryString: z.string().default(""),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({
    requestId: z.string(),
    http: z.object({ method: z.string(), path: z.string() }),
    authorizer: z.object({ iam: z.object({ userArn: z.string() }) }).optional(),
  }),
});

export const Payload = z.union([Triggered, Started, Requested]);
export type Triggered = z.infer<typeof Triggered>;
export type Started = z.infer<typeof Started>;
export type Requested = z.infer<typeof Requested>;
