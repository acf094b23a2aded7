/** Times as people read them; the page has no script, so the server says how far away they are. */
import { timeText } from "../runtime/notify/time-text.ts";
import { html, type Markup } from "./markup.ts";
import { visibleText } from "./visible-text.ts";

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** `in 2 days`, `3 hours ago`, `now`; rounded down, so that nobody believes to have more time than is left. */
export function distanceText(at: string, now: Date): string {
  const seconds = (Date.parse(at) - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return "";
  const [name, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["", 0];
  if (size === 0) return "now";
  const count = Math.floor(Math.abs(seconds) / size);
  const text = `${count} ${name}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

/** `3 hours` since then. */
export function ageText(since: string, now: Date): string {
  return distanceText(since, now).replace(/ ago$|^in /, "");
}

export function timeMarkup(
  at: string,
  { now, timeZone = "UTC" }: { readonly now: Date; readonly timeZone?: string | undefined },
): Markup {
  // Evidence may say anything where a time belongs.
  if (Number.isNaN(Date.parse(at))) return visibleText(at);
  return html`<time datetime="${at}">${timeText(at, timeZone)}</time> <span class="soft">(${distanceText(at, now)})</span>`;
}
