/** What has become of a request: what was decided, by whom, when, and what the run does next. */
import type { Approval, Vote } from "../runtime/approval/approval.ts";
import { RULE } from "../runtime/approval/approval.ts";
import { html, type Markup, nothing } from "./markup.ts";
import type { Standing } from "./standing.ts";
import { timeMarkup } from "./time-text.ts";
import { textView } from "./value-view.ts";
import { visibleText } from "./visible-text.ts";

interface Settings {
  readonly now: Date;
  readonly timeZone?: string | undefined;
}

const VERDICTS = { approved: "Approved", rejected: "Rejected" } as const;

/** A short title of the page for what became of it. */
export function outcomeTitle({ kind }: Standing, { status }: Approval): string {
  switch (kind) {
    case "decided":
      return status === "approved" ? "Approved" : "Rejected";
    case "voted":
      return "You have approved";
    case "asked":
      return "Somebody else decides this";
    case "passed-on":
      return "This is with others now";
    case "expired":
      return "The time is over";
    case "cancelled":
      return "Nothing is to be decided any more";
    case "decide":
      return "To be decided";
    default:
      return kind satisfies never;
  }
}

export function outcomeView(standing: Standing, approval: Approval, settings: Settings): Markup {
  const title = outcomeTitle(standing, approval);
  switch (standing.kind) {
    case "decided":
      return box(
        approval.status === "approved" ? "yes" : "no",
        title,
        decisionView(approval, settings),
      );
    case "voted":
      return box(
        "yes",
        title,
        html`${voteView(standing.vote, settings)}<p>${missingText(approval)}</p>`,
      );
    case "asked":
      return box(
        "wait",
        title,
        html`<p>You have asked for this run, so somebody else has to decide: ${asked(approval)}.</p>`,
      );
    case "passed-on":
      return box(
        "wait",
        title,
        html`<p>It was handed on, or has gone on to the next people to be asked. There is nothing for you to do.</p>`,
      );
    case "expired":
      return box(
        "wait",
        title,
        html`<p>Nobody decided in time${
          approval.deadline === null
            ? nothing
            : html`: the end was ${timeMarkup(approval.deadline, settings)}`
        }. ${expiryText(approval)}</p>${late(approval, settings)}`,
      );
    case "cancelled":
      return box(
        "wait",
        title,
        html`<p>The run went on without this, or was stopped.</p>${late(approval, settings)}`,
      );
    case "decide":
      return nothing;
    default:
      return standing satisfies never;
  }
}

function box(tone: "yes" | "no" | "wait", title: string, content: Markup): Markup {
  return html`<div class="box ${tone}" role="status"><h2>${title}</h2>${content}</div>`;
}

function decisionView({ decision, delivered, status, run }: Approval, settings: Settings): Markup {
  if (!decision) return nothing;
  const by = decision.by === RULE ? html`a rule: nobody was needed` : visibleText(decision.by);
  const next = !delivered
    ? "The decision is stored. The run hears of it within a minute."
    : status === "approved"
      ? "The run goes on with its next step."
      : "The run does not do it: it takes the way that the workflow has for that, or ends here.";
  return html`<p>${VERDICTS[decision.verdict]} by <b>${by}</b>, ${timeMarkup(decision.at, settings)}.${
    decision.edited !== null && html` With changes to what was proposed.`
  }</p>${reasonView(decision)}<p>${next} <span class="soft">Run ${visibleText(run.id)}.</span></p>`;
}

function reasonView({ reason, category }: Pick<Vote, "reason" | "category">): Markup {
  if (reason === null && category === null) return nothing;
  const label = category === null ? nothing : html`<b>${visibleText(category)}:</b> `;
  return html`<blockquote>${label}${reason === null ? nothing : textView(reason)}</blockquote>`;
}

export function voteView(vote: Vote, settings: Settings): Markup {
  return html`<p>${VERDICTS[vote.verdict]} by <b>${visibleText(vote.by)}</b>${
    vote.onBehalfOf !== null && html` for ${visibleText(vote.onBehalfOf)}`
  }, ${timeMarkup(vote.at, settings)}.</p>${reasonView(vote)}`;
}

function missingText({ quorum, votes }: Approval): string {
  const missing = Math.max(
    0,
    quorum - votes.filter(({ verdict }) => verdict === "approved").length,
  );
  return missing === 1
    ? "The run waits for one more person to approve."
    : `The run waits for ${missing} more people to approve.`;
}

function asked({ approvers }: Approval): Markup {
  if (approvers.includes("*")) return html`anybody else`;
  return visibleText(approvers.slice(0, 20).join(", "));
}

function expiryText({ policy }: Approval): string {
  switch (policy.onExpiry) {
    case "reject":
      return "That counts as a rejection.";
    case "fail":
      return "The run takes the way that the workflow has for that, or has ended.";
    case "queue":
      return "";
    default:
      return policy.onExpiry satisfies never;
  }
}

/** A decision that came too late for the run stays on record. */
function late({ decision }: Approval, settings: Settings): Markup {
  if (!decision) return nothing;
  return html`<p>${VERDICTS[decision.verdict]} by ${visibleText(decision.by)}, ${timeMarkup(decision.at, settings)}, without effect: it was too late.</p>`;
}
