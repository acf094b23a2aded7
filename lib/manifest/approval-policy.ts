import * as z from "zod";
import { durationText } from "./values.ts";

/** `approvals/NAME.yaml`. Later versions add escalation, quorum, business hours. */
export const ApprovalPolicy = z.strictObject({
  approval: z.string().min(1),
  description: z.string().optional(),
  /** What the approver is asked; shown as the headline. */
  title: z.string().min(1),
  /** Addresses; `"*"` lets anybody with access decide (development only). */
  approvers: z.array(z.string().min(1)).min(1),
  /** True: whoever asked for the run may not approve it. */
  fourEyes: z.boolean().default(true),
  /** How long a person has, for example `3d`; at most 365 days. */
  deadline: durationText(),
  onExpiry: z.enum(["reject", "fail"]).default("fail"),
  /** Decisions that need a reason. */
  reasons: z.array(z.enum(["approve", "reject"])).default(["reject"]),
});

export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;
