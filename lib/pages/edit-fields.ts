/** The parts of a proposal that an approver may change, as fields of a form and back. */
import type { Approval } from "../runtime/approval/approval.ts";
import { holdsHidden } from "../runtime/approval/judge-edit.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import { hasHidden } from "../runtime/notify/odd-text.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { labelOf } from "./value-view.ts";
import { plainText, visibleText } from "./visible-text.ts";

/** Characters of one field. */
const MAX_FIELD = 20_000;
const MAX_FIELDS = 50;

export interface EditField {
  /** `edit.0`, `edit.1`, …: nothing of the proposal becomes a name in the form. */
  readonly name: string;
  readonly path: readonly string[];
  readonly value: Json;
}

/**
 * Fields for the paths of `policy.edit` that are there (`*`: each name or place). None where the core
 * would refuse any change: after a first vote, and where something is not shown.
 */
export function editFields({ policy, votes, evidence }: Editable): readonly EditField[] {
  const { proposal } = evidence;
  if (votes.length > 0 || holdsHidden(proposal)) return [];
  const paths = policy.edit.flatMap((path) => expanded(proposal, path.split(".")));
  // Of two paths that mean the same field, or one inside the other, the first is a field.
  const found: Omit<EditField, "name">[] = [];
  for (const path of paths) {
    const value = valueAt(proposal, path);
    if (value === undefined || !survivesForm(value)) continue;
    if (found.some((each) => isInside(path, each.path) || isInside(each.path, path))) continue;
    found.push({ path, value });
  }
  return found.slice(0, MAX_FIELDS).map((field, index) => ({ ...field, name: `edit.${index}` }));
}

type Editable = Pick<Approval, "policy" | "votes" | "evidence">;

function expanded(value: Json, [name, ...rest]: readonly string[]): readonly string[][] {
  if (name === undefined) return [[]];
  if (name === "*" && (typeof value !== "object" || value === null)) {
    return rest.length === 0 ? [[]] : [];
  }
  const names = name === "*" ? Object.keys(value as JsonObject) : [name];
  return names.flatMap((each) => {
    const member = valueAt(value, [each]);
    if (member === undefined) return [];
    return expanded(member, rest).map((path) => [each, ...path]);
  });
}

function isInside(path: readonly string[], outer: readonly string[]): boolean {
  return outer.every((name, index) => path[index] === name);
}

/**
 * The proposal with what was typed; null if nothing is different. `problems`: by field, what cannot be
 * read. Fields that were not sent stay as they are.
 */
export function applyEdits(
  proposal: Json,
  fields: readonly EditField[],
  typed: ReadonlyMap<string, string>,
): { readonly edited: Json | null; readonly problems: ReadonlyMap<string, string> } {
  const problems = new Map<string, string>();
  let edited = proposal;
  for (const field of fields) {
    const text = typed.get(field.name);
    if (text === undefined) continue;
    const read = readField(text.replaceAll("\r\n", "\n"), field.value);
    if ("problem" in read) problems.set(field.name, read.problem);
    else if (JSON.stringify(read.value) !== JSON.stringify(field.value)) {
      edited = withValue(edited, field.path, read.value);
    }
  }
  return { edited: edited === proposal ? null : edited, problems };
}

export function editView(
  fields: readonly EditField[],
  typed: ReadonlyMap<string, string>,
  problems: ReadonlyMap<string, string>,
): Markup {
  if (fields.length === 0) return nothing;
  const rows = fields.map((field) => fieldView(field, typed.get(field.name), problems));
  const isOpen = problems.size > 0 || fields.some(({ name }) => typed.has(name));
  const summary = html`<summary>Change it before you approve</summary>`;
  const note = html`<p class="soft">What you change here counts only if you approve.</p>`;
  return isOpen
    ? html`<details open>${summary}${note}${rows}</details>`
    : html`<details>${summary}${note}${rows}</details>`;
}

function fieldView(
  { name, path, value }: EditField,
  typed: string | undefined,
  problems: ReadonlyMap<string, string>,
): Markup {
  const text = typed ?? textOf(value);
  const problem = problems.get(name);
  const id = name.replace(".", "-");
  const label = path.length === 0 ? "The proposal" : path.map(labelOf).join(" › ");
  const hint = problem !== undefined && html`<p class="problem" id="${id}-problem">${problem}</p>`;
  const invalid =
    problem === undefined ? nothing : html` aria-invalid="true" aria-describedby="${id}-problem"`;
  const head = html`<label for="${id}">${visibleText(plainText(label))}</label>`;
  if (typeof value === "boolean") {
    const option = (each: string) =>
      html`<option value="${each}"${each === text ? html` selected` : nothing}>${each}</option>`;
    return html`<div class="field">${head}<select id="${id}" name="${name}"${invalid}>${option("true")}${option("false")}</select>${hint || nothing}</div>`;
  }
  const isLine = typeof value === "number" || (typeof value === "string" && isShort(text));
  const input = isLine
    ? html`<input id="${id}" name="${name}" value="${text}" maxlength="${MAX_FIELD}" autocomplete="off"${
        typeof value === "number" ? html` inputmode="decimal"` : nothing
      }${invalid}>`
    : // The first line feed after the tag is not part of the text.
      html`<textarea id="${id}" name="${name}" rows="4" maxlength="${MAX_FIELD}"${
        typeof value === "string" ? nothing : html` class="code" spellcheck="false"`
      }${invalid}>${"\n"}${text}</textarea>`;
  return html`<div class="field">${head}${input}${hint || nothing}</div>`;
}

function readField(
  text: string,
  before: Json,
): { readonly value: Json } | { readonly problem: string } {
  if (text.length > MAX_FIELD) {
    return { problem: `This has ${text.length} characters; ${MAX_FIELD} are allowed.` };
  }
  if (typeof before === "string") return { value: text };
  if (typeof before === "number") {
    const number = Number(text.trim());
    return text.trim() === "" || !Number.isFinite(number)
      ? { problem: "This is a number: for example 12 or 3.5." }
      : { value: number };
  }
  try {
    const value = JSON.parse(text) as Json;
    if (typeof before === "boolean" && typeof value !== "boolean") {
      return { problem: "This is true or false." };
    }
    return { value };
  } catch {
    return { problem: "This is JSON, and what stands here cannot be read as such." };
  }
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function isShort(text: string): boolean {
  return text.length <= 80 && !text.includes("\n");
}

/**
 * A form gives back other line ends, and no characters that HTML cannot hold; and nobody sees in a field
 * what is hidden. Such values are not offered.
 */
function survivesForm(value: Json): boolean {
  const text = textOf(value);
  return text.length <= MAX_FIELD && !hasHidden(text);
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let found: Json | undefined = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = Array.isArray(found) ? found[Number(name)] : found[name];
  }
  return found;
}

function withValue(whole: Json, [name, ...rest]: readonly string[], value: Json): Json {
  if (name === undefined) return value;
  if (Array.isArray(whole)) {
    return whole.map((item, index) =>
      String(index) === name ? withValue(item, rest, value) : item,
    );
  }
  if (!isObject(whole)) return whole;
  return Object.fromEntries(
    Object.entries(whole).map(([key, member]) => [
      key,
      key === name ? withValue(member, rest, value) : member,
    ]),
  );
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
