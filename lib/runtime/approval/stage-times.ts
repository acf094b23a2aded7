/** When a stage of a request ends, and its level. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { ApprovalCall } from "../call.ts";
import { afterOpenTime, nextOpening } from "./business-time.ts";
import type { Stage } from "./stages.ts";

export interface StageTimes {
  /** ISO 8601, as all of these. */
  readonly opensAt: string;
  /** Of the level; null: none. */
  readonly deadline: string | null;
  /** When the state's timeout comes; null: it has none. */
  readonly stageEndsAt: string | null;
}

/** @param standing what the request had before, if it goes on from there */
export function stageTimes(
  { seconds: told, deadline: scheduled }: Pick<ApprovalCall, "seconds" | "deadline">,
  { businessHours }: Pick<ApprovalPolicy, "businessHours">,
  stage: Stage,
  now: Date,
  standing?: StageTimes & { readonly level: number; readonly stage: number },
): StageTimes {
  const after = (seconds: number) =>
    businessHours === undefined
      ? new Date(now.getTime() + seconds * 1000)
      : afterOpenTime(businessHours, now, seconds);
  const iso = (seconds: number | null) => (seconds === null ? null : after(seconds).toISOString());
  const isSameLevel =
    standing && stage.kind !== "queue" && standing.level === stage.level && stage.index > 0;
  const deadline =
    scheduled !== undefined
      ? scheduled
      : isSameLevel
        ? standing.deadline
        : iso(stage.untilDeadline);
  // What the machine was told to wait is counted on the clock.
  const stageEndsAt =
    told === undefined
      ? iso(stage.seconds)
      : told === null
        ? null
        : new Date(now.getTime() + told * 1000).toISOString();
  const opens = businessHours === undefined ? now : nextOpening(businessHours, now);
  return { opensAt: standing?.opensAt ?? opens.toISOString(), deadline, stageEndsAt };
}
