/** What the approval function of the platform does, on AWS and on one machine. */
import { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { ApprovalCall, Schedule, ScheduleCall } from "../call.ts";
import type { Approval } from "./approval.ts";
import { type ApprovalPorts, requestApproval } from "./request-approval.ts";
import { scheduleStages } from "./schedule-stages.ts";

export type ApprovalFunctionCall = ApprovalCall | ScheduleCall;

/** The schedule of a request to come, or the request that a stage's call has made or moved. */
export type ApprovalFunctionAnswer =
  | { readonly schedule: Schedule }
  | { readonly approval: Approval };

export async function callApprovalFunction(
  call: ApprovalFunctionCall,
  ports: ApprovalPorts,
): Promise<ApprovalFunctionAnswer> {
  if (!("operation" in call)) return { approval: await requestApproval(call, ports) };
  const schedule = scheduleStages(ApprovalPolicy.parse(call.policy), ports.clock.now());
  return { schedule };
}
