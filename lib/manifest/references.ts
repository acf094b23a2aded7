/** The files that a manifest names, also where the rest of it is not sound yet. */
import type { Path } from "./source.ts";
import { staysInside } from "./values.ts";

export interface Reference {
  readonly kind: "code" | "approval" | "contract" | "file";
  /** As the manifest spells it; lexically inside of the bundle. */
  readonly path: string;
  /** Where the manifest says so. */
  readonly at: Path;
}

const KINDS = [
  { key: "task", kind: "code", name: /\.m?[tj]s$/ },
  { key: "approval", kind: "approval", name: /\.ya?ml$/ },
] as const;

/** In the order of the file; paths that the grammar refuses are left out. */
export function referencesOf(manifest: unknown): readonly Reference[] {
  const found: Reference[] = [];
  const add = (kind: Reference["kind"], path: unknown, at: Path, name = /./): void => {
    if (typeof path === "string" && staysInside(path) && name.test(path)) {
      found.push({ kind, path, at });
    }
  };
  if (!isMapping(manifest)) return found;
  for (const key of ["input", "output"]) {
    add("contract", manifest[key], [key], /\.(ya?ml|json)$/);
  }
  if (Array.isArray(manifest.files)) {
    for (const [index, path] of manifest.files.entries()) add("file", path, ["files", index]);
  }
  // Steps stand in lists, wherever those are: in structures, cases, branches and catches.
  const visit = (node: unknown, at: Path): void => {
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) visit(item, [...at, index]);
      return;
    }
    if (!isMapping(node)) return;
    for (const { key, kind, name } of KINDS) add(kind, node[key], [...at, key], name);
    for (const key of ["steps", "switch", "otherwise", "catch"]) visit(node[key], [...at, key]);
    if (isMapping(node.parallel)) {
      for (const [name, list] of Object.entries(node.parallel)) {
        visit(list, [...at, "parallel", name]);
      }
    }
  };
  visit(manifest.steps, ["steps"]);
  return found;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
