/** Whether a lock file still says what its bundle is made of, and where it does not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import type { Json } from "../../runtime/json.ts";
import { LOCK_FILE } from "../find-bundles.ts";
import { type Lock, parseLock, renderLock } from "./lock.ts";
import { objectOf } from "./part-value.ts";

/** The text of a bundle's lock file; undefined if it has none. */
export function readLockText(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, LOCK_FILE), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** More lines than these help nobody: the command that writes it says all. */
const MAX_NAMED = 5;

/**
 * ESP810 for a lock that is stale, ESP811 for one that cannot be read. `shown` is the bundle's folder
 * as people type it. With `kit: false`, what only another version of Espalier makes different is no
 * finding: compiled code, its packages' share of it, and the version itself.
 */
export function lockFindings(
  text: string,
  now: Lock,
  shown: string,
  { kit }: { readonly kit: boolean },
): readonly Diagnostic[] {
  const file = `${shown}/${LOCK_FILE}`;
  const locked = parseLock(text);
  if (locked === undefined) {
    return [
      {
        code: "ESP811",
        severity: "error",
        message: `${LOCK_FILE} is no lock of this format`,
        hint: "After a merge, take either side of it; espalier lock writes it anew.",
        place: { file, line: 1, column: 1, endLine: 1, endColumn: 2 },
      },
    ];
  }
  const stale = differentFacts(locked, now).filter(({ path }) => kit || !isOfKit(path));
  const [first] = stale;
  if (first === undefined) return [];
  const names = stale.slice(0, MAX_NAMED).map(({ words }) => words);
  const more = stale.length - names.length;
  const line = lineOf(text, first.path);
  return [
    {
      code: "ESP810",
      severity: "error",
      message: `${LOCK_FILE} is stale: ${names.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
      hint: "Run espalier lock, read the difference, and commit it.",
      place: { file, line, column: 1, endLine: line, endColumn: 2 },
    },
  ];
}

export interface DifferentFact {
  readonly path: readonly string[];
  /** `step "send" has changed`, `tool "find_order" of toolsets.shop is new`. */
  readonly words: string;
}

/** Every fact that two locks say differently, in the order of the file. */
export function differentFacts(before: Lock, after: Lock): readonly DifferentFact[] {
  const found: DifferentFact[] = [];
  const visit = (a: Json | undefined, b: Json | undefined, path: readonly string[]): void => {
    if (a === undefined || b === undefined || !isObject(a) || !isObject(b)) {
      if (JSON.stringify(a) === JSON.stringify(b)) return;
      const what = a === undefined ? "is new" : b === undefined ? "is gone" : change(path, a, b);
      found.push({ path, words: `${nameOf(path)} ${what}` });
      return;
    }
    const [old, now] = [objectOf(a), objectOf(b)];
    for (const name of [...new Set([...Object.keys(old), ...Object.keys(now)])].sort()) {
      visit(old[name], now[name], [...path, name]);
    }
  };
  // Rendered, so that both have their members in the same order.
  visit(JSON.parse(renderLock(before)), JSON.parse(renderLock(after)), []);
  return found;
}

function isObject(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function change(path: readonly string[], a: Json, b: Json): string {
  const isDigest = typeof a === "string" && a.startsWith("sha256:");
  return isDigest || path.length === 0
    ? "has changed"
    : `is ${JSON.stringify(b)}, and locked as ${JSON.stringify(a)}`;
}

/** A path in words: the last of it, of whom, and where. */
function nameOf(path: readonly string[]): string {
  const [section = "", ...rest] = path;
  if (section === "bundle") return partName(rest);
  if (section === "components") return ofComponent(rest);
  if (section === "bindings") {
    const [environment = "", ...below] = rest;
    return below.length === 0
      ? `what "${environment}" binds`
      : `${ofComponent(below)} in "${environment}"`;
  }
  return section === "espalier" ? "the version of Espalier" : section;
}

function ofComponent([owner = "", ...rest]: readonly string[]): string {
  return rest.length === 0 ? owner : `${partName(rest)} of ${owner}`;
}

function partName([group = "", name, detail]: readonly string[]): string {
  if (name === undefined) return group === "digest" ? "the content" : group;
  if (group === "parts") {
    const [kind = "", ...words] = name.split(" ");
    return kind === "uses" ? `the reference ${words.join(" ")}` : `${kind} "${words.join(" ")}"`;
  }
  if (group === "code") {
    return detail === undefined || detail === "own"
      ? `code "${name}"`
      : `code "${name}" (${detail})`;
  }
  return `${group} ${name}`;
}

/** Compiled code, and what of packages is left in it, follow the kit as well as the bundle. */
function isOfKit(path: readonly string[]): boolean {
  const last = path.at(-1) ?? "";
  return path[0] === "espalier" || (path.includes("code") && KIT_TOO.includes(last));
}

const KIT_TOO = ["compiled", "packages"];

/** The line of the last name of a path, looking for one after the other. */
function lineOf(text: string, path: readonly string[]): number {
  const lines = text.split("\n");
  let line = 0;
  for (const name of path) {
    const at = lines.findIndex((one, index) => {
      return index >= line && one.trimStart().startsWith(`${JSON.stringify(name)}:`);
    });
    if (at < 0) break;
    line = at;
  }
  return line + 1;
}
