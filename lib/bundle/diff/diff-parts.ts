/** What is different between two bundles, part by part. */
import { BUNDLE_OWNER, type Part, partKey } from "../lock/part.ts";
import type { Change } from "./change.ts";
import { describeChange } from "./describe-change.ts";
import { foldChanges } from "./fold-changes.ts";

/** Who made a change that no part of the bundle makes: the kit, which compiled code carries along. */
export const KIT_OWNER = "espalier";

/** Every change, in the order of owner, kind and name; empty if the bundles mean the same. */
export function diffParts(before: readonly Part[], after: readonly Part[]): readonly Change[] {
  const [old, now] = [byKey(before), byKey(after)];
  const changes: Change[] = [];
  for (const key of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [a, b] = [old.get(key), now.get(key)];
    if (a?.digest === b?.digest) continue;
    // The order counts beside steps that are new or gone only where the others have moved.
    if (a && b && a.kind === "graph" && sameOrder(a, b, old, now)) continue;
    if (a?.code && b?.code && a.code.own === b.code.own) continue;
    changes.push(describeChange(a, b));
  }
  return [...foldChanges(changes, old, now), ...besides(old, now)];
}

/** Packages, and the kit: one change each, however many files carry them. */
function besides(old: ReadonlyMap<string, Part>, now: ReadonlyMap<string, Part>): Change[] {
  const pairs = [...old].flatMap(([key, a]) => {
    const [was, is] = [a.code, now.get(key)?.code];
    return was && is && was.own === is.own && was.compiled !== is.compiled
      ? [{ owner: a.owner, name: a.name, isPackage: was.packages !== is.packages }]
      : [];
  });
  const change = (
    owner: string,
    kind: string,
    carriers: readonly { owner: string; name: string }[],
  ) => ({
    owner,
    kind,
    name: kind,
    change: "changed" as const,
    compatible: null,
    says: [`in the compiled code of ${carriers.map(({ name }) => name).join(", ")}`],
    text: null,
    before: null,
    after: null,
    along: [],
  });
  const packages = pairs.filter(({ isPackage }) => isPackage);
  const kit = pairs.filter(({ isPackage }) => !isPackage);
  return [
    ...(packages.length > 0 ? [change(BUNDLE_OWNER, "packages", packages)] : []),
    ...(kit.length > 0 ? [change(KIT_OWNER, "kit", kit)] : []),
  ];
}

function sameOrder(
  a: Part,
  b: Part,
  old: ReadonlyMap<string, Part>,
  now: ReadonlyMap<string, Part>,
): boolean {
  // Lock files hold no order, only its digest; new and gone steps explain that.
  const steps = (parts: ReadonlyMap<string, Part>) =>
    new Set([...parts.values()].filter(({ kind }) => kind === "step").map(({ name }) => name));
  const [were, are] = [steps(old), steps(now)];
  if (a.value === undefined || b.value === undefined) {
    return were.size !== are.size || [...were].some((id) => !are.has(id));
  }
  const kept = (value: unknown, known: ReadonlySet<string>): unknown =>
    Array.isArray(value)
      ? value.map((one) => kept(one, known)).filter((one) => one !== undefined && !isEmpty(one))
      : typeof value === "string" && known.has(value)
        ? value
        : undefined;
  return JSON.stringify(kept(a.value, are)) === JSON.stringify(kept(b.value, were));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function byKey(parts: readonly Part[]): ReadonlyMap<string, Part> {
  return new Map(parts.map((part) => [partKey(part), part]));
}
