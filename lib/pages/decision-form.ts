/** The forms of an open request: approve, reject, change it first, hand it on. */
import type { Approval } from "../runtime/approval/approval.ts";
import { editFields, editView } from "./edit-fields.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { visibleText } from "./visible-text.ts";

/** Characters of a reason; the core's limit, told before it is reached. */
export const MAX_REASON = 4000;

/** What was typed, and what was wrong with it. */
export interface FormState {
  readonly problem?: string | undefined;
  /** Field that it is about. */
  readonly field?: "reason" | "category" | "to" | undefined;
  readonly typed: ReadonlyMap<string, string>;
  /** Of fields of the proposal. */
  readonly problems?: ReadonlyMap<string, string> | undefined;
}

interface Input {
  readonly approval: Approval;
  readonly path: string;
  readonly mark: string;
  readonly form: FormState | undefined;
}

const NONE: ReadonlyMap<string, string> = new Map();

export function decisionForm(input: Input): Markup {
  const { approval, path, form } = input;
  const { policy } = approval;
  const typed = form?.typed ?? NONE;
  const fields = editFields(approval);
  return html`<section class="decide" aria-labelledby="decide">
<h2 id="decide" tabindex="-1">Your decision</h2>
<form method="post" action="${path}" autocomplete="off">
${hiddenFields(input)}
${editView(fields, typed, form?.problems ?? NONE)}
${categoryView(policy.reasons, form)}
${reasonView(policy.reasons, form)}
<div class="buttons"><button class="yes" name="action" value="approve">Approve</button><button class="no" name="action" value="reject">Reject</button></div>
</form>
${delegateView(input)}
</section>`;
}

function hiddenFields({ approval, mark }: Input): Markup {
  // A form is sent by Enter through its first button; where that is disabled, it is not sent at all. So
  // nobody decides by pressing Enter in a field.
  return html`<button type="submit" disabled hidden></button><input type="hidden" name="mark" value="${mark}"><input type="hidden" name="evidence" value="${approval.evidenceDigest}">`;
}

type Reasons = Approval["policy"]["reasons"];

function needText({ approve, reject }: Reasons): string {
  if (approve === "required" && reject === "required") return "needed";
  if (reject === "required") return "needed to reject";
  return approve === "required" ? "needed to approve" : "if you like";
}

function categoryView(reasons: Reasons, form: FormState | undefined): Markup {
  if (reasons.categories.length === 0) return nothing;
  const chosen = form?.typed.get("category") ?? "";
  const options = reasons.categories.map(
    (each) =>
      html`<option value="${each}"${each === chosen ? html` selected` : nothing}>${visibleText(each)}</option>`,
  );
  return html`<div class="field"><label for="category">Kind of reason <span class="soft">(${needText(reasons)})</span></label>
<select id="category" name="category"${invalid("category", form)}><option value="">–</option>${options}</select></div>`;
}

function reasonView(reasons: Reasons, form: FormState | undefined): Markup {
  return html`<div class="field"><label for="reason">Reason <span class="soft">(${needText(reasons)})</span></label>
<textarea id="reason" name="reason" rows="2" maxlength="${MAX_REASON}"${invalid("reason", form)}>${"\n"}${form?.typed.get("action") === "delegate" ? "" : (form?.typed.get("reason") ?? "")}</textarea></div>`;
}

function invalid(field: FormState["field"], form: FormState | undefined): Markup {
  return form?.field === field ? html` aria-invalid="true"` : nothing;
}

function delegateView(input: Input): Markup {
  const { approval, path, form } = input;
  const { delegation } = approval.policy;
  if (delegation === false) return nothing;
  const isTried = form?.typed.get("action") === "delegate";
  const to = isTried ? (form?.typed.get("to") ?? "") : "";
  const reason = isTried ? (form?.typed.get("reason") ?? "") : "";
  const names = delegation === true ? [] : delegation.to;
  const only =
    names.length > 0 &&
    html`<p class="soft">It can go to ${visibleText(names.map(nameOf).join(", "))}.</p>`;
  const inner = html`<summary>Hand it on to somebody else</summary>
<form method="post" action="${path}" autocomplete="off">
${hiddenFields(input)}
${only || nothing}
<div class="field"><label for="to">Their address</label><input id="to" name="to" type="email" maxlength="254" required value="${to}"${invalid("to", form)}></div>
<div class="field"><label for="why">Why <span class="soft">(if you like)</span></label><textarea id="why" name="reason" rows="2" maxlength="${MAX_REASON}">${"\n"}${reason}</textarea></div>
<div class="buttons"><button name="action" value="delegate">Hand it on</button></div>
</form>`;
  return isTried ? html`<details open>${inner}</details>` : html`<details>${inner}</details>`;
}

type Approver = Approval["policy"]["approvers"][number];

function nameOf(approver: Approver): string {
  if (typeof approver === "string") return approver;
  return "group" in approver ? `the group ${approver.group}` : `whom ${approver.from} names`;
}
