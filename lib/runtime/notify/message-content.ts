/** What a message says, in plain words, before it is written for a channel. Pure. */
import type { Approval, ApprovalStatus } from "../approval/approval.ts";
import type { Evidence, Flag } from "../approval/evidence.ts";
import type { MessageKind } from "../approval/notifier.ts";
import { stagesOf } from "../approval/stages.ts";
import type { Json } from "../json.ts";
import { messageText } from "./message-text.ts";
import { timeText } from "./time-text.ts";

/** All texts are one line each, visible and without links; each channel only has to escape them. */
export interface MessageContent {
  /** Of a mail; at most `MAX_SUBJECT` characters and the notes on odd ones. */
  readonly subject: string;
  readonly headline: string;
  /** What is wanted of the reader. */
  readonly lead: string;
  readonly sections: readonly MessageSection[];
  /** Name and value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What the link is called; null: there is none. */
  readonly button: string | null;
  readonly footer: readonly string[];
}

export interface MessageSection {
  readonly title: string;
  readonly lines: readonly string[];
}

const MAX_SUBJECT = 120;
const MAX_TITLE = 200;
const MAX_LINE = 280;
const MAX_REASONS = 600;
/** Fields of a proposal; the page has them all. */
const MAX_FIELDS = 8;
const MAX_FLAGS = 5;

export interface MessageInput {
  readonly kind: MessageKind;
  readonly approval: Approval;
  /** Address of the reader. */
  readonly to: string;
  /** Empty: there is nothing to open. */
  readonly link: string;
}

export function messageContent({ kind, approval, to, link }: MessageInput): MessageContent {
  const { policy, evidence } = approval;
  const title = messageText(policy.title, MAX_TITLE);
  const sections =
    kind === "decided"
      ? decisionSections(approval)
      : [
          section("What will happen if you approve", proposalLines(approval)),
          section("Why", whyLines(evidence)),
          section("To consider", considerLines(evidence)),
        ];
  return {
    subject: messageText(subjectOf(kind, approval), MAX_SUBJECT),
    headline: title,
    lead: leadOf(kind, approval),
    sections: sections.filter(({ lines }) => lines.length > 0),
    facts: factsOf(kind, approval),
    button: link === "" ? null : kind === "decided" ? "See what was decided" : "Look and decide",
    footer: footerOf(kind, to, link),
  };
}

function subjectOf(kind: MessageKind, { policy, status, deadline }: Approval): string {
  switch (kind) {
    case "request":
      return `Please decide: ${policy.title}`;
    case "reminder":
      return deadline === null
        ? `Reminder: ${policy.title}`
        : `Reminder, decide by ${timeText(deadline, zoneOf(policy))}: ${policy.title}`;
    case "escalation":
      return `Now with you: ${policy.title}`;
    case "decided":
      return `${OUTCOMES[status]}: ${policy.title}`;
    default:
      return kind satisfies never;
  }
}

const OUTCOMES: Readonly<Record<ApprovalStatus, string>> = {
  open: "Decided",
  approved: "Approved",
  rejected: "Rejected",
  expired: "Expired",
  cancelled: "No longer needed",
};

function leadOf(kind: MessageKind, approval: Approval): string {
  const { quorum, votes } = approval;
  const left = quorum - votes.length;
  const several = quorum > 1 ? ` ${quorum} people must approve; ${left} still to come.` : "";
  switch (kind) {
    case "request":
      return `A workflow waits for your decision.${several}`;
    case "reminder":
      return `A workflow still waits for your decision.${several}`;
    case "escalation":
      return `Nobody has decided in time, so now you are asked.${several}`;
    case "decided":
      return `${outcomeOf(approval)} There is nothing left to do.`;
    default:
      return kind satisfies never;
  }
}

function outcomeOf({ status, decision, policy }: Approval): string {
  const late = decision ? "A decision came too late to have an effect." : "Nobody has decided.";
  switch (status) {
    case "expired":
      return `The time for this is up. ${late}`;
    case "cancelled":
      return `The workflow went on, or was stopped, without this. ${late}`;
    default:
      return decision
        ? `${messageText(decision.by, 100)} has ${decision.verdict} this on ${timeText(decision.at, zoneOf(policy))}.`
        : "This is decided.";
  }
}

function decisionSections({ decision }: Approval): readonly MessageSection[] {
  if (!decision) return [];
  const { reason, category, edited } = decision;
  const lines = [
    ...(category === null ? [] : [`Kind of reason: ${messageText(category, 100)}`]),
    ...(reason === null ? [] : [messageText(reason, MAX_REASONS)]),
  ];
  const changed = edited === null ? [] : ["The proposal was changed before it was approved."];
  return [section("Reason", lines), section("Changes", changed)];
}

function proposalLines({ policy, evidence, votes }: Approval): readonly string[] {
  const { description } = policy;
  const about = description === undefined ? [] : [messageText(description, MAX_REASONS)];
  const proposal = votes.findLast(({ edited }) => edited !== null)?.edited ?? evidence.proposal;
  const tool = evidence.agent?.tool;
  const call = tool
    ? [`The tool ${messageText(tool, 100)} is called once, with what follows.`]
    : [];
  return [...about, ...call, ...valueLines(proposal)];
}

function valueLines(value: Json): readonly string[] {
  if (value === null) return [];
  if (typeof value !== "object") return [messageText(String(value), MAX_LINE)];
  if ("$stored" in value) return ["It is too large for a message: the page shows it."];
  const members = Object.entries(value);
  const shown = members
    .slice(0, MAX_FIELDS)
    .map(([name, member]) => `${messageText(nameOf(name, value), 60)}: ${shortText(member)}`);
  const left = members.length - shown.length;
  return left > 0 ? [...shown, `${left} more on the page`] : shown;
}

function nameOf(name: string, value: Json): string {
  return Array.isArray(value) ? String(Number(name) + 1) : name;
}

function shortText(value: Json): string {
  if (value === null) return "nothing";
  if (typeof value !== "object") return messageText(String(value), MAX_LINE);
  const { length } = Object.keys(value);
  if ("$stored" in value) return "see the page";
  if (length === 0) return Array.isArray(value) ? "none" : "empty";
  return messageText(JSON.stringify(value), 120);
}

function whyLines({ agent, risk }: Evidence): readonly string[] {
  const reasons = agent?.reasons.trim() ? [messageText(agent.reasons, MAX_REASONS)] : [];
  const level = risk ? [`Risk: ${messageText(risk.level, 60)}`] : [];
  const because = risk?.reasons.slice(0, 3).map((each) => messageText(each, MAX_LINE)) ?? [];
  return [...reasons, ...level, ...because];
}

const FLAG_ORDER: readonly Flag["level"][] = ["critical", "warning", "info"];

function considerLines({ flags }: Evidence): readonly string[] {
  const ordered = FLAG_ORDER.flatMap((level) => flags.filter((flag) => flag.level === level));
  const shown = ordered.slice(0, MAX_FLAGS).map(({ level, text, source }) => {
    const from = source === null ? "" : ` (${messageText(source, 80)})`;
    return `${level === "info" ? "Note" : level === "warning" ? "Warning" : "Critical"}: ${messageText(text, MAX_LINE)}${from}`;
  });
  const left = flags.length - shown.length;
  return left > 0 ? [...shown, `${left} more on the page`] : shown;
}

function factsOf(
  kind: MessageKind,
  approval: Approval,
): readonly (readonly [name: string, value: string])[] {
  const { run, step, policy, deadline, level, levels } = approval;
  const where = run.customer === null ? run.environment : `${run.environment}, ${run.customer}`;
  const end = deadline === null ? "no end is set" : timeText(deadline, zoneOf(policy));
  const facts: (readonly [string, string])[] = [
    ["Asked by", run.principal],
    ["Workflow", `${run.workflow} ${run.version}, ${step}, in ${where}`],
  ];
  if (kind !== "decided") {
    facts.unshift(["Decide by", end]);
    if (levels > 1) facts.push(["Level", `${level} of ${levels}`]);
    facts.push(["If nobody decides", afterwards(approval)]);
  }
  return facts.map(([name, value]) => [name, messageText(value, MAX_LINE)] as const);
}

/** What follows when the deadline of this level passes. */
function afterwards({ policy, level, levels, stage }: Approval): string {
  if (stagesOf(policy)[stage]?.seconds === null) return "it stays open";
  if (level < levels) return "others are asked";
  const { onExpiry } = policy;
  if (onExpiry === "queue") return "it stays open";
  return onExpiry === "reject" ? "it counts as rejected" : "the run fails";
}

function footerOf(kind: MessageKind, to: string, link: string): readonly string[] {
  const personal = `The link is for ${messageText(to, 254)} alone: please do not pass it on.`;
  const sender = "A program sends these messages; nobody reads replies to them.";
  const opening = "Opening the link decides nothing.";
  if (link === "") return [sender];
  return kind === "decided" ? [personal, sender] : [`${opening} ${personal}`, sender];
}

function section(title: string, lines: readonly string[]): MessageSection {
  return { title, lines };
}

function zoneOf({ businessHours }: Approval["policy"]): string {
  return businessHours?.timeZone ?? "UTC";
}
