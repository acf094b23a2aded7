/** What waits for people: age, deadline, level. */
import type { Approval } from "../runtime/approval/approval.ts";
import { timeText } from "../runtime/notify/time-text.ts";
import { pageOf } from "./layout.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { ageText, timeMarkup } from "./time-text.ts";
import { visibleText } from "./visible-text.ts";

/** Rows of a page; those with the nearest deadline. */
const MAX_ROWS = 200;

export interface QueuePageInput {
  readonly open: readonly Approval[];
  readonly now: Date;
  readonly who: string;
  /** Links by which whoever looks at the page may decide: `/a/TOKEN`, and for whom. */
  readonly linksFor: (
    approval: Approval,
  ) => readonly { readonly path: string; readonly name: string }[];
}

export function queuePage({ open, now, who, linksFor }: QueuePageInput): Markup {
  const rows = open
    .slice(0, MAX_ROWS)
    .map((approval) => rowView(approval, linksFor(approval), now));
  const more =
    open.length > MAX_ROWS &&
    html`<p>${open.length - MAX_ROWS} more wait; the export has them all.</p>`;
  const table = html`<table>
<caption>${open.length === 1 ? "1 request" : `${open.length} requests`}, nearest deadline first</caption>
<thead><tr><th scope="col">What</th><th scope="col">Waits for</th><th scope="col">Deadline</th><th scope="col">Level</th><th scope="col">Who</th></tr></thead>
<tbody>${rows}</tbody></table>`;
  return pageOf({
    title: open.length === 0 ? "Nothing waits" : `${open.length} waiting`,
    isWide: true,
    head: html`<span>${visibleText(who)}</span>`,
    main: html`<h1>What waits for people</h1>
${open.length === 0 ? html`<p>Nothing waits for a decision.</p>` : table}
${more || nothing}
<p>Everything, with what was decided: <a href="/export.csv">CSV</a>, <a href="/export.json">JSON</a></p>`,
  });
}

function rowView(
  approval: Approval,
  links: readonly { readonly path: string; readonly name: string }[],
  now: Date,
): Markup {
  const { policy, run, step, requestedAt, deadline, level, levels, votes, quorum } = approval;
  const isLate = deadline !== null && Date.parse(deadline) <= now.getTime();
  const title = visibleText(policy.title);
  const [only] = links;
  const what =
    only && links.length === 1
      ? html`<a href="${only.path}">${title}</a>`
      : html`${title}${links.map(({ path, name }) => html`<br><a class="as" href="${path}">open as ${visibleText(name)}</a>`)}`;
  return html`<tr><th scope="row">${what}<br><span class="soft">${visibleText(`${run.workflow}, ${step}`)}<br>${visibleText(run.id)}</span></th>
<td data-name="Waits for">${ageText(requestedAt, now)}</td>
<td data-name="Deadline">${
    deadline === null
      ? "none"
      : isLate
        ? html`<span class="late">over since ${timeText(deadline)}</span>`
        : timeMarkup(deadline, { now })
  }</td>
<td data-name="Level">${level} of ${levels}${quorum > 1 && html`<br><span class="soft">${votes.length} of ${quorum} approved</span>`}</td>
<td data-name="Who">${visibleText(approval.approvers.slice(0, 10).join(", "))}</td></tr>`;
}
