/**
 * The frozen evidence of a request, in the order in which it is read: what will happen, why, what speaks
 * against it, how it differs from what is, where it comes from; the rest is folded.
 */
import type { Difference, Evidence, Flag } from "../runtime/approval/evidence.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { timeMarkup } from "./time-text.ts";
import { labelOf, Room, rowView, sizeText, textView, valueView } from "./value-view.ts";
import { visibleText } from "./visible-text.ts";

/** Characters of JSON up to which further evidence stands open. */
const SMALL = 400;
const MAX_DIFFERENCES = 100;

export interface EvidenceSettings {
  readonly now: Date;
  readonly timeZone?: string | undefined;
}

export function evidenceView(evidence: Evidence, settings: EvidenceSettings): Markup {
  const room = new Room();
  return html`${proposalView(evidence, room)}
${reasonsView(evidence)}
${flagsView(evidence.flags)}
${differencesView(evidence, room)}
${citationsView(evidence)}
${furtherView(evidence, room)}
${timelineView(evidence, settings)}`;
}

function isNothing(value: Json): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

function proposalView({ proposal, diff, agent }: Evidence, room: Room): Markup {
  const tool =
    agent?.tool &&
    html`<p><span class="text">${visibleText(agent.tool)}</span>${
      agent.effect && html` <span class="badge">${visibleText(agent.effect)}</span>`
    }${agent.description && html`<br><span class="soft">${visibleText(agent.description)}</span>`}</p>`;
  if (isNothing(proposal) && !tool) return nothing;
  const value = isNothing(proposal) ? nothing : changedView(proposal, diff, room);
  return section("what", "What will happen", html`${tool || nothing}${value}`);
}

/** Of a proposal that has fields, those that change show what they were. */
function changedView(proposal: Json, diff: Evidence["diff"], room: Room): Markup {
  const shallow = (diff ?? []).filter(isShallow);
  if (shallow.length === 0 || !isObject(proposal)) return valueView(proposal, room);
  const rows = Object.entries(proposal).map(([name, value]) => {
    const change = shallow.find(({ path }) => path[0] === name);
    return change ? differenceView(change, room) : rowView(name, valueView(value, room));
  });
  const removed = shallow.filter(({ kind }) => kind === "removed");
  return html`<dl class="changes">${rows}${removed.map((each) => differenceView(each, room))}</dl>`;
}

/** Of a whole field, as against something inside of it. */
function isShallow({ path }: Difference): boolean {
  return path.length === 1 && typeof path[0] === "string";
}

function reasonsView({ agent, risk }: Evidence): Markup {
  const reasons = agent?.reasons;
  if (!reasons && !risk) return nothing;
  const model = agent?.answeredBy ? html` (${visibleText(agent.answeredBy)})` : nothing;
  const who = agent?.agent ? html`The agent ${visibleText(agent.agent)}${model} writes:` : nothing;
  const why =
    reasons && html`<p class="soft">${who}</p><blockquote>${textView(reasons)}</blockquote>`;
  const points = risk?.reasons.map((reason) => html`<li>${visibleText(reason)}</li>`) ?? [];
  const danger =
    risk &&
    html`<p><b>Risk: ${visibleText(risk.level)}</b></p>${points.length > 0 && html`<ul>${points}</ul>`}`;
  return section("why", "Why", html`${why || nothing}${danger || nothing}`);
}

const FLAG_NAMES = { info: "Note", warning: "Warning", critical: "Critical" } as const;
const FLAG_ORDER = ["critical", "warning", "info"] as const;

function flagsView(flags: readonly Flag[]): Markup {
  if (flags.length === 0) return nothing;
  const sorted = [...flags].sort(
    (a, b) => FLAG_ORDER.indexOf(a.level) - FLAG_ORDER.indexOf(b.level),
  );
  const items = sorted.map(
    ({ level, text, source }) =>
      html`<li class="flag ${level}"><b>${FLAG_NAMES[level]}:</b> <span dir="auto">${visibleText(text)}</span>${
        source !== null && html` <span class="soft">(${visibleText(source)})</span>`
      }</li>`,
  );
  return section("flags", "Flags", html`<ul class="flags">${items}</ul>`);
}

/** Changes inside of fields; those of whole fields stand with the proposal. */
function differencesView({ diff, proposal }: Evidence, room: Room): Markup {
  if (diff === null) return nothing;
  if (diff.length === 0) return html`<p>Nothing changes: it is so already.</p>`;
  const deep = isObject(proposal) ? diff.filter((each) => !isShallow(each)) : diff;
  if (deep.length === 0) return nothing;
  const rows = deep.slice(0, MAX_DIFFERENCES).map((each) => differenceView(each, room));
  const left = deep.length - rows.length;
  const more = left > 0 && html`<p><b class="odd">${left} more changes</b></p>`;
  return section(
    "changes",
    "What changes",
    html`<dl class="changes">${rows}</dl>${more || nothing}`,
  );
}

export function differenceView({ path, kind, before, after }: Difference, room: Room): Markup {
  const name =
    path.length === 0 ? "All of it" : path.map((part) => labelOf(String(part))).join(" › ");
  const made = kind !== "removed" && html`<ins>${valueView(after, room)}</ins>`;
  const old =
    kind !== "added" &&
    html`<del><span class="soft">${kind === "removed" ? "no longer" : "was"}</span> ${valueView(before, room)}</del>`;
  const badge = kind === "added" && html` <span class="badge">new</span>`;
  return html`<div><dt dir="auto">${visibleText(name)}${badge}</dt><dd>${made || nothing}${old || nothing}</dd></div>`;
}

function citationsView({ citations }: Evidence): Markup {
  if (citations.length === 0) return nothing;
  const items = citations.map(
    ({ source, span, quote }) =>
      html`<li>${quote !== null && html`<blockquote>${textView(quote)}</blockquote>`}<cite>${textView(source)}</cite>${
        span !== null && html`, ${visibleText(span)}`
      }</li>`,
  );
  return section("sources", "Evidence", html`<ul class="citations">${items}</ul>`);
}

/** Small values in one list, large ones each under its name; all of them folded if there is a proposal. */
function furtherView({ more, inputs, agent, proposal }: Evidence, room: Room): Markup {
  const parts = Object.entries(more);
  const isSmall = (value: Json) => JSON.stringify(value).length <= SMALL;
  const open = parts
    .filter(([, value]) => isSmall(value))
    .map(([name, value]) => rowView(name, valueView(value, room, 1)));
  const folded = [
    ...parts.filter(([, value]) => !isSmall(value)),
    ...(isNothing(inputs) ? [] : [["inputs", inputs] as const]),
    ...(agent?.spend ? [["spent", agent.spend] as const] : []),
  ].map(
    ([name, value]) =>
      html`<details><summary>${visibleText(labelOf(name))} <span class="soft">${sizeText(value)}</span></summary>${valueView(value, room)}</details>`,
  );
  if (open.length + folded.length === 0) return nothing;
  const list = open.length > 0 ? html`<dl>${open}</dl>` : nothing;
  if (isNothing(proposal)) return section("more", "Details", html`${list}${folded}`);
  return html`<details><summary>Further details <span class="soft">${names(more, inputs)}</span></summary>${list}${folded}</details>`;
}

function names(more: Evidence["more"], inputs: Json): Markup {
  const all = [...Object.keys(more), ...(isNothing(inputs) ? [] : ["inputs"])];
  const shown = all.slice(0, 4).map((name) => labelOf(name).toLowerCase());
  return visibleText(all.length > 4 ? `${shown.join(", ")}, …` : shown.join(", "));
}

function timelineView({ timeline }: Evidence, settings: EvidenceSettings): Markup {
  if (timeline.length === 0) return nothing;
  const items = timeline.map(
    ({ step, outcome, at }) =>
      html`<li>${visibleText(step)}: ${visibleText(outcome)}${at !== null && html`, ${timeMarkup(at, settings)}`}</li>`,
  );
  return html`<details><summary>The run so far <span class="soft">${timeline.length} steps</span></summary><ol>${items}</ol></details>`;
}
