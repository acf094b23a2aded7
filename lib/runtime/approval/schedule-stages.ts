/** How long each stage of a request lasts, from one moment on: computed once, when it is made. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { ApprovalCall, Schedule } from "../call.ts";
import { afterOpenTime, isOpen, nextOpening } from "./business-time.ts";
import { type Stage, stagesOf } from "./stages.ts";

/**
 * Name of the error by which a stage says that its schedule is that of another time: its run was
 * redriven. The machine then makes another one, and begins with the first stage.
 */
export const SCHEDULE_STALE = "Approval.ScheduleStale";

/** Far more than all retries of the stages before can add up to. */
const LATE_MS = 3_600_000;

export function isStale({ begins }: Pick<ApprovalCall, "begins">, now: Date): boolean {
  return begins !== undefined && now.getTime() - Date.parse(begins) > LATE_MS;
}

type ScheduledPolicy = Pick<
  ApprovalPolicy,
  "deadline" | "escalation" | "reminders" | "onExpiry" | "businessHours" | "afterHours"
>;

/**
 * Seconds of each stage of `stagesOf(policy)` as a state waits for them, at least one each, and the
 * deadline of its level. Without business hours, and where a request outside of them is paged, time
 * counts round the clock. Deterministic.
 */
export function scheduleStages(policy: ScheduledPolicy, now: Date): Schedule {
  const stages = stagesOf(policy);
  const { businessHours: hours, afterHours } = policy;
  if (hours === undefined) return { ...roundTheClock(stages, now), verdict: null };
  const open = isOpen(hours, now);
  if (!open && afterHours === "page") return { ...roundTheClock(stages, now), verdict: null };
  const timed = timedBy((from, seconds) => afterOpenTime(hours, from, seconds), stages, now);
  return !open && afterHours === "reject"
    ? { stages: timed, opensAt: null, verdict: "rejected" }
    : { stages: timed, opensAt: nextOpening(hours, now).toISOString(), verdict: null };
}

function roundTheClock(stages: readonly Stage[], now: Date): Omit<Schedule, "verdict"> {
  const after = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000);
  return { stages: timedBy(after, stages, now), opensAt: now.toISOString() };
}

/** Each level begins at the deadline of the one before. */
function timedBy(
  after: (from: Date, seconds: number) => Date,
  stages: readonly Stage[],
  now: Date,
): Schedule["stages"] {
  let level = 0;
  let begins = now;
  let elapsed = 0;
  let deadline: Date | null = now;
  let end = now;
  return stages.map((stage) => {
    if (stage.level !== level || stage.kind === "queue") {
      level = stage.level;
      begins = end;
      elapsed = 0;
      deadline = stage.untilDeadline === null ? null : after(begins, stage.untilDeadline);
    }
    const begun = end.toISOString();
    if (stage.seconds === null) return { seconds: null, deadline: null, begins: begun };
    elapsed += stage.seconds;
    const until = after(begins, elapsed);
    const seconds = Math.max(1, Math.ceil((until.getTime() - end.getTime()) / 1000));
    end = until;
    return { seconds, deadline: deadline?.toISOString() ?? null, begins: begun };
  });
}
