/** `bundles/environments/NAME.yaml`: where bundles are deployed to, and what differs there. */
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { z } from "zod";
import { issue } from "../../manifest/issue.ts";
import { duration, WorkflowName } from "../../manifest/values.ts";
import type { JsonObject } from "../../runtime/json.ts";

/** In the name of a machine a dash ends the environment: `espalier-ENVIRONMENT-WORKFLOW`. */
export const ENVIRONMENT_NAME = /^[a-z][a-z0-9]{0,15}$/;

/** Years are longer than a duration of a manifest may be, and buckets count in days. */
const Days = z
  .string()
  .regex(/^[1-9]\d{0,4}d$/, "Write a number of days such as 30d.")
  .transform((text) => Number.parseInt(text, 10));

/** CloudWatch Logs keeps for certain numbers of days. */
const LogDays = Days.transform((days, ctx): RetentionDays => {
  const possible = Object.values(RetentionDays).filter((value) => typeof value === "number");
  if (possible.includes(days)) return days;
  const next = possible.sort((a, b) => a - b).find((value) => value >= days);
  ctx.issues.push(
    issue(days, {
      code: "ESP204",
      message: `CloudWatch Logs cannot keep for exactly ${days} days`,
      ...(next !== undefined && { hint: `Write ${next}d.` }),
    }),
  );
  return z.NEVER;
});

const Minutes = duration(2100 * 60, "2100m").transform((seconds) => Math.ceil(seconds / 60));

const Arn = (service: string) =>
  z
    .string()
    .regex(
      new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]+:\\d{12}:.+$`),
      `Write the ARN, arn:aws:${service}:REGION:ACCOUNT:…`,
    );

/** By category (`models`, `toolsets`, …), then by name: what `bind: CATEGORY.NAME` will resolve to. */
const Bindings = z.record(z.string(), z.record(z.string(), z.string().min(1)));

const Config = z.record(WorkflowName, z.custom<JsonObject>(isMapping));

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const Environment = z
  .strictObject({
    description: z.string().optional(),
    account: z
      .string()
      .regex(/^\d{12}$/, "Write the twelve digits in quotes.")
      .optional(),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "Write a region such as eu-central-1.")
      .optional(),
    workflows: z.array(WorkflowName).optional(),
    retain: z.boolean().default(true),
    retention: z
      .strictObject({
        class: z.string().min(1).optional(),
        classes: z.record(z.string(), Days).optional(),
        logs: LogDays.optional(),
      })
      .default({}),
    lock: z.strictObject({ mode: z.enum(["governance", "compliance"]), period: Days }).optional(),
    key: Arn("kms").optional(),
    logLevel: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]).optional(),
    alarms: z.strictObject({ topic: Arn("sns") }).optional(),
    dashboard: z.boolean().optional(),
    publish: z.boolean().optional(),
    deployment: z
      .strictObject({
        type: z.enum(["canary", "linear"]),
        percentage: z.int().min(1).max(99),
        interval: Minutes,
      })
      .optional(),
    approvers: z.record(z.string(), z.array(z.string().min(1)).min(1)).default({}),
    bindings: Bindings.default({}),
    config: Config.default({}),
    tags: z.record(z.string(), z.string()).default({}),
  })
  .check((ctx) => {
    const { account, region } = ctx.value;
    if ((account === undefined) === (region === undefined)) return;
    const [given, missing] = account === undefined ? ["region", "account"] : ["account", "region"];
    ctx.issues.push(
      issue(
        ctx.value,
        {
          code: "ESP202",
          message: `${given} and ${missing} belong together: ${missing} is missing here`,
          hint: "Leave both out to deploy wherever the credentials point to.",
          atKey: true,
        },
        [given],
      ),
    );
  });
export type Environment = z.infer<typeof Environment>;
