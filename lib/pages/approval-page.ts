/** The page of one request for one person: what will happen, why, what speaks for and against it; deciding. */
import type { Approval } from "../runtime/approval/approval.ts";
import { differences } from "../runtime/approval/differences.ts";
import type { Link } from "../runtime/approval/link.ts";
import { decisionForm, type FormState } from "./decision-form.ts";
import { differenceView, evidenceView } from "./evidence-view.ts";
import { pageOf } from "./layout.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { outcomeTitle, outcomeView, voteView } from "./outcome-view.ts";
import { standingOf } from "./standing.ts";
import { distanceText, timeMarkup } from "./time-text.ts";
import { Room, rowView, textView } from "./value-view.ts";
import { visibleText } from "./visible-text.ts";

export interface ApprovalPageInput {
  readonly approval: Approval;
  readonly link: Pick<Link, "approver">;
  /** `/a/TOKEN`. */
  readonly path: string;
  /** Binds the form to the link. */
  readonly mark: string;
  readonly now: Date;
  readonly form?: FormState | undefined;
}

interface Settings {
  readonly now: Date;
  readonly timeZone: string | undefined;
}

export function approvalPage({ approval, link, path, mark, now, form }: ApprovalPageInput): Markup {
  const standing = standingOf(approval, link, now);
  const settings = { now, timeZone: approval.policy.businessHours?.timeZone };
  const { policy, evidence } = approval;
  const isOpen = standing.kind === "decide";
  const facts = html`<dl class="facts">${factRows(approval, settings)}</dl>`;
  const about = html`${
    policy.description === undefined ? nothing : html`<p>${visibleText(policy.description)}</p>`
  }${facts}`;
  const shown = html`${votesView(approval, settings)}${evidenceView(evidence, settings)}${runView(approval, settings)}
<p class="soft"><a href="${path}/evidence.json" download>All of the evidence as a file</a></p>`;
  const main = isOpen
    ? html`<h1>${visibleText(policy.title)}</h1>${alertView(form)}${about}
${shown}
${decisionForm({ approval, path, mark, form })}`
    : html`<h1>${visibleText(policy.title)}</h1>${alertView(form)}${outcomeView(standing, approval, settings)}${
        standing.kind === "passed-on"
          ? nothing
          : html`<details><summary>What it was about</summary>${about}${shown}</details>`
      }`;
  const state = isOpen ? "" : ` (${outcomeTitle(standing, approval).toLowerCase()})`;
  return pageOf({
    title: `${form?.problem === undefined ? "" : "Not yet: "}${policy.title}${state}`,
    main,
    head: html`<span>for ${visibleText(link.approver)}</span>`,
    ...(isOpen && { skipTo: { id: "decide", text: "To the decision" } }),
  });
}

function alertView(form: FormState | undefined): Markup {
  if (form?.problem === undefined) return nothing;
  return html`<div class="problem" role="alert"><b>Not decided yet.</b> ${visibleText(form.problem)}</div>`;
}

/** What counts while deciding; where it belongs is folded. */
function factRows(
  { run, deadline, level, levels, requestedAt }: Approval,
  settings: Settings,
): readonly Markup[] {
  const asked = distanceText(requestedAt, settings.now);
  return [
    rowView(
      "Decide by",
      html`${deadline === null ? html`no end is set` : timeMarkup(deadline, settings)}${
        levels > 1 && html` <span class="soft">level ${level} of ${levels}</span>`
      }`,
    ),
    rowView("Asked by", html`${visibleText(run.principal)} <span class="soft">(${asked})</span>`),
  ];
}

function runView(approval: Approval, settings: Settings): Markup {
  const { run, step, iteration, id, requestedAt } = approval;
  const part = iteration === "" ? step : `${step} (${iteration})`;
  const rows = [
    rowView("Workflow", visibleText(`${run.workflow} ${run.version}`)),
    rowView("Step", visibleText(part)),
    rowView("Run", visibleText(run.id)),
    rowView("Environment", visibleText(run.environment)),
    ...(run.customer === null ? [] : [rowView("Customer", visibleText(run.customer))]),
    rowView("Asked", timeMarkup(requestedAt, settings)),
    rowView("Request", visibleText(id)),
  ];
  return html`<details><summary>Where it belongs <span class="soft">${visibleText(run.workflow)}, ${visibleText(part)}</span></summary><dl>${rows}</dl></details>`;
}

/** Of several people who are needed: who has approved, and what they have changed. */
function votesView(approval: Approval, settings: Settings): Markup {
  const { votes, quorum, evidence, status } = approval;
  if (quorum === 1 || (votes.length === 0 && status !== "open")) return nothing;
  const edited = editedBy(approval);
  const changes = edited && differences(evidence.proposal, edited.edited);
  const room = new Room();
  return html`<section aria-labelledby="votes"><h2 id="votes">${votes.length} of ${quorum} have approved</h2>
${votes.map((vote) => voteView(vote, settings))}${
  changes
    ? html`<p>With changes by ${textView(edited.by)}, which you approve as well:</p><dl class="changes">${changes.map((each) => differenceView(each, room))}</dl>`
    : nothing
}</section>`;
}

/** The vote whose changes stand. */
function editedBy({ votes }: Approval) {
  return votes.flatMap(({ by, edited }) => (edited === null ? [] : [{ by, edited }])).at(-1);
}
