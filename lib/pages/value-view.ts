/** Any JSON value, as people read it: tables of names and values, lists, texts. Bounded, and says where it ends. */
import type { Json, JsonObject } from "../runtime/json.ts";
import { html, type Markup } from "./markup.ts";
import { visibleText } from "./visible-text.ts";

const MAX_DEPTH = 8;
const MAX_MEMBERS = 200;
/** Texts longer than this are folded. */
const LONG_TEXT = 700;
/** Values on one page: with more, browsers become slow. */
const MAX_VALUES = 3000;

/** Counts what is shown on one page; made anew for each. */
export class Room {
  #left = MAX_VALUES;

  take(): boolean {
    this.#left -= 1;
    return this.#left >= 0;
  }
}

export function valueView(value: Json, room: Room, depth = 0): Markup {
  if (!room.take()) return html`<b class="odd">not shown: the page is full</b>`;
  if (value === null) return html`<span class="soft">nothing</span>`;
  if (typeof value === "string") return textView(value);
  if (typeof value !== "object") return html`${String(value)}`;
  if (depth >= MAX_DEPTH) {
    return html`<b class="odd">not shown: nested too deep</b>`;
  }
  return Array.isArray(value)
    ? listView(value, room, depth + 1)
    : objectView(value, room, depth + 1);
}

export function textView(text: string): Markup {
  if (text === "") return html`<span class="soft">empty</span>`;
  const link = linkView(text);
  if (link) return link;
  const shown = html`<span class="text" dir="auto">${visibleText(text)}</span>`;
  if (text.length <= LONG_TEXT) return shown;
  const start = html`${visibleText(text.slice(0, 160))}…`;
  return html`<details><summary dir="auto">${start}</summary>${shown}</details>`;
}

/**
 * A link, if the whole text is an address of the web without a name or password in it. What is shown is
 * the address as the browser takes it: a host in foreign letters stands there in its ASCII form.
 */
export function linkView(text: string): Markup | undefined {
  if (!/^https?:\/\/\S{1,2000}$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, username, password, href } = new URL(text);
  if (!["http:", "https:"].includes(protocol) || username !== "" || password !== "")
    return undefined;
  return html`<a class="text" href="${href}" rel="noreferrer noopener nofollow external" target="_blank">${visibleText(href)}</a>`;
}

function listView(list: readonly Json[], room: Room, depth: number): Markup {
  if (list.length === 0) return html`<span class="soft">none</span>`;
  const shown = list.slice(0, MAX_MEMBERS);
  const items = shown.map((item) => html`<li>${valueView(item, room, depth)}</li>`);
  const left = list.length - shown.length;
  return html`<ol class="list">${items}${left > 0 && html`<li><b class="odd">${left} more</b></li>`}</ol>`;
}

function objectView(object: JsonObject, room: Room, depth: number): Markup {
  const all = Object.entries(object);
  if (all.length === 0) return html`<span class="soft">empty</span>`;
  // Deep inside, what says nothing only takes room.
  const said = all.filter(([, value]) => !isEmpty(value));
  const members = depth > 1 && said.length > 0 ? said : all;
  if (depth > 1 && isShort(members)) return inlineView(members, room, depth);
  const shown = members
    .slice(0, MAX_MEMBERS)
    .map(([name, value]) => rowView(name, valueView(value, room, depth)));
  const left = members.length - shown.length;
  return html`<dl>${shown}${left > 0 && rowView("…", html`<b class="odd">${left} more</b>`)}</dl>`;
}

type Members = readonly (readonly [name: string, value: Json])[];

function isEmpty(value: Json): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** A few numbers and words: they go on one line. */
function isShort(members: Members): boolean {
  return (
    members.every(([, value]) => typeof value !== "object" || value === null) &&
    members.reduce((sum, [name, value]) => sum + name.length + String(value).length, 0) <= 70
  );
}

function inlineView(members: Members, room: Room, depth: number): Markup {
  const parts = members.map(
    ([name, value], index) =>
      html`${index > 0 && ", "}<span class="soft">${visibleText(labelOf(name))}:</span> ${valueView(value, room, depth)}`,
  );
  return html`<span dir="auto">${parts}</span>`;
}

export function rowView(name: string, value: Markup): Markup {
  return html`<div><dt dir="auto">${visibleText(labelOf(name))}</dt><dd>${value}</dd></div>`;
}

/** `notShown` is read as "Not shown"; what is no plain name stays as it is. */
export function labelOf(name: string): string {
  if (!/^[a-z][A-Za-z0-9_]*$/.test(name)) return name;
  const words = name.replaceAll("_", " ").replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ");
  const lower = words.replaceAll(/\b[A-Z][a-z]/g, (pair) => pair.toLowerCase());
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

/** How much of it there is, for the line above what is folded. */
export function sizeText(value: Json): string {
  if (Array.isArray(value)) return value.length === 1 ? "1 entry" : `${value.length} entries`;
  if (typeof value === "object" && value !== null) {
    const count = Object.keys(value).length;
    return count === 1 ? "1 field" : `${count} fields`;
  }
  return typeof value === "string" ? `${value.length} characters` : "";
}
