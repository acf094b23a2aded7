/** Rules of an approval policy that hold between its keys. */
import type * as z from "zod";
import { type Approver, distinctAddresses } from "./approvers.ts";
import { type BusinessHours, businessDaySeconds } from "./business-hours.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { issue } from "./issue.ts";
import type { Path } from "./source.ts";

/** Level below which nobody has time to open a message. */
const SHORTEST_LEVEL = 60;

const SECONDS_A_DAY = 86_400;

/** What of a policy these rules read. */
interface Rules {
  readonly approvers: readonly Approver[];
  readonly quorum: number;
  readonly deadline: string;
  readonly escalation: readonly {
    readonly approvers: readonly Approver[];
    readonly within: string;
  }[];
  readonly businessHours?: BusinessHours | undefined;
  readonly afterHours: "queue" | "reject" | "page";
  readonly reminders: readonly string[];
  readonly delegation: boolean | { readonly to: readonly Approver[] };
  readonly edit: readonly string[];
  readonly page?: readonly string[] | undefined;
}

/**
 * Seconds that a duration of a policy stands for: where the policy has business hours, seconds of open
 * time, and a `d` is a business day (decision 0081). Undefined if the text is no duration.
 */
export function policySeconds(
  text: string,
  { businessHours }: Pick<Rules, "businessHours">,
): number | undefined {
  const seconds = parseDuration(text);
  if (seconds === undefined || businessHours === undefined || !text.endsWith("d")) return seconds;
  return (seconds / SECONDS_A_DAY) * businessDaySeconds(businessHours);
}

export function checkPolicy(ctx: z.core.ParsePayload<Rules>): void {
  const policy = ctx.value;
  const report = (path: Path, code: string, message: string, hint?: string, atKey?: boolean) => {
    ctx.issues.push(issue(policy, { code, message, hint, ...(atKey && { atKey }) }, [...path]));
  };
  const first = policySeconds(policy.deadline, policy);
  policy.reminders.forEach((text, index) => {
    const seconds = policySeconds(text, policy);
    if (seconds === undefined || first === undefined || seconds < first) return;
    report(
      ["reminders", index],
      "ESP513",
      `a reminder ${text} before the deadline comes before the request, which has ${policy.deadline}`,
      "Make it shorter than the deadline.",
    );
  });
  const known = policy.reminders.map((text) => policySeconds(text, policy));
  known.forEach((seconds, index) => {
    if (seconds === undefined || known.indexOf(seconds) === index) return;
    report(["reminders", index], "ESP513", "two reminders come at the same time", "Leave one out.");
  });
  policy.escalation.forEach(({ within }, index) => {
    const seconds = policySeconds(within, policy);
    if (seconds === undefined || seconds > SHORTEST_LEVEL) return;
    report(
      ["escalation", index, "within"],
      "ESP514",
      `${formatDuration(seconds)} is too short for a level: nobody has read the message by then`,
      "Give it more than a minute.",
    );
  });
  checkQuorum(policy, report);
  if (policy.afterHours !== "queue" && policy.businessHours === undefined) {
    report(
      ["afterHours"],
      "ESP515",
      `"afterHours" means nothing without businessHours`,
      "Say when the business is open, or leave afterHours out.",
      true,
    );
  }
  if (policy.page !== undefined && policy.afterHours !== "page") {
    report(
      ["page"],
      "ESP515",
      `"page" means nothing unless afterHours is page`,
      "Leave it out, or write afterHours: page.",
      true,
    );
  }
}

type Report = (path: Path, code: string, message: string, hint?: string) => void;

/** Only where everybody of a level is known: groups and people that the evidence names are not. */
function checkQuorum(policy: Rules, report: Report): void {
  const levels = [policy.approvers, ...policy.escalation.map(({ approvers }) => approvers)];
  for (const approvers of levels) {
    const addresses = approvers.filter((each) => typeof each === "string");
    // A level of nobody is a finding of its own.
    if (approvers.length === 0 || addresses.length < approvers.length) continue;
    if (addresses.includes("*")) continue;
    const people = distinctAddresses(addresses).length;
    if (people >= policy.quorum) continue;
    report(
      ["quorum"],
      "ESP516",
      `${policy.quorum} people must approve, and a level has only ${people}`,
      "Name more approvers, or lower the quorum.",
    );
    return;
  }
}
