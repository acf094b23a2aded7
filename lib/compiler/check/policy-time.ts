/** How long the levels of an approval take together, where nobody decides. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import { policySeconds } from "../../manifest/approval-rules.ts";
import { type BusinessHours, spansOf, WEEKDAYS } from "../../manifest/business-hours.ts";

const WEEK = 7 * 86_400;

export interface PolicyTime {
  /** At least; in business hours, seconds of open time. */
  readonly least: number;
  /** With nights, weekends and what else is closed in a usual week; never less. */
  readonly usual: number;
}

export function policyTime(policy: ApprovalPolicy): PolicyTime {
  const { deadline, escalation, businessHours } = policy;
  const least = [deadline, ...escalation.map(({ within }) => within)]
    .map((text) => policySeconds(text, policy) ?? 0)
    .reduce((sum, seconds) => sum + seconds, 0);
  const usual = businessHours ? Math.ceil((least / openWeek(businessHours)) * WEEK) : least;
  return { least, usual: Math.max(least, usual) };
}

function openWeek({ hours }: BusinessHours): number {
  const minutes = WEEKDAYS.flatMap((day) => spansOf(hours[day])).reduce(
    (sum, { from, to }) => sum + to - from,
    0,
  );
  return minutes * 60;
}
