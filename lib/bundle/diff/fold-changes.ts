/**
 * Says what somebody has changed, and not again what comes or goes with it: files are part of a bundle
 * because something names them, and a component has parts because it is used.
 */
import type { Json } from "../../runtime/json.ts";
import { BUNDLE_OWNER, type Part, partKey } from "../lock/part.ts";
import type { Change } from "./change.ts";

type Parts = ReadonlyMap<string, Part>;

/** Parts that are in a bundle only where another one names them. */
const NAMED = new Set(["agent", "approval", "code", "contract", "file", "prompt"]);

/** Parts without a value (of lock files) name nothing: there nothing is folded but whole components. */
export function foldChanges(changes: readonly Change[], old: Parts, now: Parts): readonly Change[] {
  const all = wholeComponents(withoutMoved(changes, old, now), old, now);
  const byKey = new Map(all.map((change) => [partKey(change), change]));
  const along = new Map<string, string[]>();
  const folded = new Set<Change>();
  for (const change of all) {
    const cause = rootOf(change, byKey, old, now);
    if (cause === change) continue;
    folded.add(change);
    const key = partKey(cause);
    along.set(key, [...(along.get(key) ?? []), `${change.kind} ${change.name}`]);
  }
  return all
    .filter((change) => !folded.has(change))
    .map((change) => ({ ...change, along: along.get(partKey(change)) ?? [] }));
}

/** A file is a policy or a contract by what names it: the same file under another word is the same. */
function withoutMoved(changes: readonly Change[], old: Parts, now: Parts): readonly Change[] {
  const digestOf = (change: Change) =>
    (change.change === "removed" ? old : now).get(partKey(change))?.digest;
  const isMoved = (one: Change) =>
    NAMED.has(one.kind) &&
    changes.some(
      (other) =>
        ![one.change, other.change].includes("changed") &&
        other.change !== one.change &&
        other.owner === one.owner &&
        other.name === one.name &&
        digestOf(other) === digestOf(one),
    );
  return changes.filter((change) => !isMoved(change));
}

/** One change for all parts of a component that is new, or gone. */
function wholeComponents(changes: readonly Change[], old: Parts, now: Parts): readonly Change[] {
  const owners = (parts: Parts) => new Set([...parts.values()].map(({ owner }) => owner));
  const [before, after] = [owners(old), owners(now)];
  const told = new Set<string>();
  return changes.flatMap((change): readonly Change[] => {
    const { owner } = change;
    const isWhole = owner.includes(".") && before.has(owner) !== after.has(owner);
    if (!isWhole) return [change];
    if (told.has(owner)) return [];
    told.add(owner);
    const parts = after.has(owner) ? now : old;
    const version = parts.get(partKey({ owner, kind: "component", name: "version" }))?.value;
    return [
      {
        ...change,
        ...{ kind: "component", name: owner.split(".").slice(1).join(".") },
        ...{ compatible: null, text: null, before: null, after: null },
        says: typeof version === "string" ? [`version ${version}`] : [],
      },
    ];
  });
}

/** The change that makes this one come along; itself, where there is none. */
function rootOf(
  change: Change,
  byKey: ReadonlyMap<string, Change>,
  old: Parts,
  now: Parts,
  seen: ReadonlySet<Change> = new Set(),
): Change {
  if (change.owner !== BUNDLE_OWNER || !NAMED.has(change.kind)) return change;
  if (change.change === "changed" || seen.has(change)) return change;
  const [here, there] = change.change === "removed" ? [old, now] : [now, old];
  for (const [key, part] of here) {
    const cause = byKey.get(key);
    if (!cause || cause === change || !names(part.value, change.name)) continue;
    if (names(there.get(key)?.value, change.name)) continue;
    return rootOf(cause, byKey, old, now, new Set([...seen, change]));
  }
  return change;
}

function names(value: Json | undefined, path: string): boolean {
  if (value === path) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((each) => names(each as Json, path));
}
