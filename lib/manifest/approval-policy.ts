/** `approvals/NAME.yaml`: who decides, how long they have, and what a decision must be like. */
import * as z from "zod";
import { checkPolicy } from "./approval-rules.ts";
import { Approvers } from "./approvers.ts";
import { BusinessHours } from "./business-hours.ts";
import { durationText } from "./values.ts";

export const CHANNELS = ["email", "slack", "webhook", "sns"] as const;
export type Channel = (typeof CHANNELS)[number];

const Channels = z
  .array(z.enum(CHANNELS))
  .min(1)
  .describe("In order: the next is used when one fails.");

const DECISIONS = ["approve", "reject"] as const;
const Need = z.enum(["optional", "required"]);

/** What decisions need; `[reject]` is short for `{ reject: required }`. */
const Reasons = z
  .union([
    z.array(z.enum(DECISIONS)),
    z.strictObject({
      approve: Need.default("optional"),
      reject: Need.default("required"),
      categories: z
        .array(z.string().trim().min(1).max(80))
        .max(50)
        .default([])
        .describe(
          "What a reason may be filed under; where there are any, a needed reason names one.",
        ),
    }),
  ])
  .transform((given): ReasonRules => {
    if (!Array.isArray(given)) return given;
    const need = (decision: (typeof DECISIONS)[number]) =>
      given.includes(decision) ? "required" : "optional";
    return { approve: need("approve"), reject: need("reject"), categories: [] };
  });

export interface ReasonRules {
  readonly approve: "optional" | "required";
  readonly reject: "optional" | "required";
  readonly categories: readonly string[];
}

const Level = z.strictObject({
  approvers: Approvers,
  within: durationText().describe(
    "How long this level has, once it is asked; longer than a minute.",
  ),
});
export type Level = z.infer<typeof Level>;

export const ApprovalPolicy = z
  .strictObject({
    approval: z.string().min(1),
    description: z.string().optional(),
    title: z.string().min(1).describe("What the approver is asked; shown as the headline."),
    approvers: Approvers,
    quorum: z
      .int()
      .min(1)
      .max(10)
      .default(1)
      .describe("So many different people must approve; one rejection rejects."),
    fourEyes: z
      .boolean()
      .default(true)
      .describe("Whoever asked for the run may not approve it, nor through somebody else."),
    delegation: z
      .union([z.boolean(), z.strictObject({ to: Approvers })])
      .default(false)
      .describe("Whether an approver may hand the decision on, and to whom."),
    deadline: durationText().describe("How long the first level has, for example 3d."),
    escalation: z
      .array(Level)
      .max(9)
      .default([])
      .describe("Who is asked after that, level by level."),
    businessHours: BusinessHours.optional().describe("Absent: round the clock."),
    afterHours: z
      .enum(["queue", "reject", "page"])
      .default("queue")
      .describe(
        "A request outside of business hours waits for them, is rejected, or counts at once and round the clock.",
      ),
    onExpiry: z
      .enum(["reject", "fail", "queue"])
      .default("fail")
      .describe(
        "After the last level: rejected, failed with Approval.Expired, or open without an end.",
      ),
    reminders: z
      .array(durationText())
      .max(5)
      .default([])
      .describe("So long before a level's deadline its approvers are reminded."),
    reasons: Reasons.default({ approve: "optional", reject: "required", categories: [] }),
    edit: z
      .array(z.string().min(1))
      .default([])
      .describe('Fields of the proposal that an approver may change, as dotted paths; "*": all.'),
    channels: Channels.default(["email"]),
    page: Channels.optional().describe(
      "Channels in place of those, where `afterHours: page` applies.",
    ),
    signIn: z
      .enum(["link", "required"])
      .default("link")
      .describe("Whether a sign-in is needed besides the link."),
    clearance: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "Data classes that approvers are shown; evidence of others is left out. Absent: all.",
      ),
  })
  .check(checkPolicy);

export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;
/** As the file holds it, before defaults. */
export type ApprovalPolicyInput = z.input<typeof ApprovalPolicy>;
