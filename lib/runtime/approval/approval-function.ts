/** What the approval function of the platform does, on AWS and on one machine. */
import { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { ApprovalCall, Schedule, ScheduleCall } from "../call.ts";
import { StepError } from "../errors.ts";
import type { Approval } from "./approval.ts";
import { type ApprovalPorts, requestApproval } from "./request-approval.ts";
import { isStale, SCHEDULE_STALE, scheduleStages } from "./schedule-stages.ts";

export type ApprovalFunctionCall = ApprovalCall | ScheduleCall;

/** The schedule of a request to come, or the request that a stage's call has made or moved. */
export type ApprovalFunctionAnswer =
  | { readonly schedule: Schedule }
  | { readonly approval: Approval };

/** Throws a `StepError`: what `requestApproval` does, and `SCHEDULE_STALE`. */
export async function callApprovalFunction(
  call: ApprovalFunctionCall,
  ports: ApprovalPorts,
): Promise<ApprovalFunctionAnswer> {
  const now = ports.clock.now();
  if (!("operation" in call)) {
    if (isStale(call, now)) {
      const message = `"${call.step.id}" was to be asked at ${call.begins}, and it is ${now.toISOString()}.`;
      throw new StepError(SCHEDULE_STALE, message);
    }
    return { approval: await requestApproval(call, ports) };
  }
  const schedule = scheduleStages(ApprovalPolicy.parse(call.policy), now);
  return { schedule };
}
