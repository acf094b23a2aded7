/** `bundles/environments/NAME.yaml`: where bundles are deployed to, and what differs there. */
import { z } from "zod";
import { Approvers, GroupName } from "../approvers.ts";
import { Bindings } from "../components/uses.ts";
import { issue } from "../issue.ts";
import { duration, type Json, WorkflowName } from "../values.ts";
import { LOG_DAYS } from "./log-days.ts";
import { ModelSettings } from "./model-settings.ts";
import { NotifySettings } from "./notify-settings.ts";
import { Region } from "./region.ts";

/** In the name of a machine a dash ends the environment: `espalier-ENVIRONMENT-WORKFLOW`. */
export const ENVIRONMENT_NAME = /^[a-z][a-z0-9]{0,15}$/;

/** Years are longer than a duration of a manifest may be, and buckets count in days. */
const Days = z
  .string()
  .regex(/^[1-9]\d{0,4}d$/, "Write a number of days such as 30d.")
  .transform((text) => Number.parseInt(text, 10));

const LogDays = Days.transform((days, ctx): number => {
  if (LOG_DAYS.includes(days)) return days;
  const next = LOG_DAYS.find((value) => value >= days);
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

const Config = z.record(WorkflowName, z.custom<{ [key: string]: Json }>(isMapping));

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const TraceSettings = z.strictObject({
  content: z
    .boolean()
    .describe(
      "True: with what models wrote and what tools were given and gave, masked by data class. Default: false.",
    ),
});
export type TraceSettings = z.infer<typeof TraceSettings>;

export const Environment = z
  .strictObject({
    description: z.string().optional(),
    extends: z
      .string()
      .regex(ENVIRONMENT_NAME, "Write the name of another environment's file, without .yaml.")
      .optional()
      .describe("Another environment: what that says counts here too, unless it is said here."),
    customer: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe("Whose runs these are, all of them; runs for another customer are refused."),
    account: z
      .string()
      .regex(/^\d{12}$/, "Write the twelve digits in quotes.")
      .optional(),
    region: Region.optional(),
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
    approvers: z
      .record(z.string(), Approvers)
      .default({})
      .describe("By approval policy: who decides here in place of its own approvers."),
    groups: z
      .record(GroupName, z.array(z.string().trim().min(1).max(254)).min(1).max(100))
      .default({})
      .describe("Addresses of the groups that approval policies ask."),
    bindings: Bindings.default({}).describe("What `bind: CATEGORY.KEY` of a manifest means here."),
    models: ModelSettings.optional().describe("Which adapter answers models here."),
    notify: NotifySettings.optional().describe(
      "How approvers are told, and where their pages are.",
    ),
    traces: TraceSettings.optional().describe("What the traces of runs that have ended hold."),
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
