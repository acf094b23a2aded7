/** A change in words, as its kind of part calls for. */
import { createTwoFilesPatch } from "diff";
import { canonicalJson } from "../../runtime/canonical-json.ts";
import type { Json } from "../../runtime/json.ts";
import type { Part } from "../lock/part.ts";
import { objectOf } from "../lock/part-value.ts";
import type { Change } from "./change.ts";
import { type SchemaChange, schemaChanges, shown } from "./schema-changes.ts";

/** One of both is there. Parts that were read from a lock file say only that they differ. */
export function describeChange(before: Part | undefined, after: Part | undefined): Change {
  const part = after ?? before;
  if (part === undefined) throw new RangeError("A change has at least one side.");
  const { owner, kind, name } = part;
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  const [a, b] = [before?.value, after?.value];
  const described =
    a === undefined || b === undefined
      ? { compatible: null, says: [], text: null }
      : describe(kind, name, a, b);
  const sides = { before: a ?? null, after: b ?? null };
  return { owner, kind, name, change, ...described, ...sides, along: [] };
}

type Described = Pick<Change, "compatible" | "says" | "text">;

function describe(kind: string, name: string, a: Json, b: Json): Described {
  if (typeof a === "string" && typeof b === "string" && /\n/.test(a + b)) {
    const text = createTwoFilesPatch(name, name, a, b, "", "", { context: 2 });
    return { compatible: null, says: [], text: text.split("\n").slice(1).join("\n") };
  }
  if (kind === "contract") {
    const changes = schemaChanges(a, b);
    return {
      compatible: compatibility(changes),
      says: changes.map(({ says, wider, narrower }) => `${says}${effect(wider, narrower)}`),
      text: null,
    };
  }
  if (kind === "mcp-tool") {
    const [{ input: was, ...old }, { input: is, ...now }] = [objectOf(a), objectOf(b)];
    const changes = schemaChanges(was ?? true, is ?? true);
    return {
      compatible: changes.every(({ wider }) => wider),
      says: [...changes.map(({ says }) => `input: ${says}`), ...fieldChanges(old, now)],
      text: null,
    };
  }
  return { compatible: null, says: fieldChanges(a, b), text: null };
}

/** One file may be what somebody writes and what somebody reads: null if it breaks one of both. */
function compatibility(changes: readonly SchemaChange[]): boolean | null {
  const [wider, narrower] = [
    changes.every((one) => one.wider),
    changes.every((one) => one.narrower),
  ];
  return wider && narrower ? true : wider || narrower ? null : false;
}

function effect(wider: boolean, narrower: boolean): string {
  if (wider && narrower) return "";
  if (wider) return " (takes more: breaks who reads it)";
  return narrower ? " (takes less: breaks who writes it)" : " (breaks both sides)";
}

/** `limits.cost: "1 USD" → "2 USD"`, one line a member; of lists, what is new and gone. */
function fieldChanges(a: Json | undefined, b: Json | undefined, place = ""): readonly string[] {
  if (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b)) return [];
  if (isObject(a) && isObject(b)) {
    const [old, now] = [objectOf(a), objectOf(b)];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])]
      .sort()
      .flatMap((name) =>
        fieldChanges(old[name], now[name], place === "" ? name : `${place}.${name}`),
      );
  }
  const at = place === "" ? "" : `${place}: `;
  if (isPlainList(a) && isPlainList(b)) return listChanges(a, b).map((says) => `${at}${says}`);
  return [`${at}${shown(a)} → ${shown(b)}`];
}

/** Of texts and numbers: what is in only one of both. */
function listChanges(a: Json[], b: Json[]): readonly string[] {
  const without = (some: readonly Json[], others: readonly Json[]) =>
    some.filter((each) => !others.includes(each)).map(shown);
  const [gone, added] = [without(a, b), without(b, a)];
  return [
    ...(gone.length > 0 ? [`gone ${gone.join(", ")}`] : []),
    ...(added.length > 0 ? [`new ${added.join(", ")}`] : []),
    ...(gone.length + added.length === 0 ? [`${shown(a)} → ${shown(b)}`] : []),
  ];
}

function isPlainList(value: Json | undefined): value is Json[] {
  return Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null);
}

function isObject(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
