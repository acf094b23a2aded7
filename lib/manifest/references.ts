/** The files that a manifest names, also where the rest of it is not sound yet; and those of an agent. */
import type { AgentFile } from "./agent/agent-file.ts";
import { FILE_OR_ALIAS } from "./file-or-alias.ts";
import type { Path, SourceMap } from "./source.ts";
import { staysInside } from "./values.ts";

export interface Reference {
  /** `prompt` may also be one of a component's, `ALIAS/NAME`; `agent` and `approval` an alias. */
  readonly kind: "code" | "approval" | "contract" | "file" | "agent" | "prompt" | "stand-in";
  /** As it is spelled; lexically inside of the bundle. */
  readonly path: string;
  /** Where it is said. */
  readonly at: Path;
  /** The file that says so, where it is not the manifest. */
  readonly source?: SourceMap;
}

const CODE = /\.m?[tj]s$/;
const CONTRACT = /\.(ya?ml|json)$/;

const KINDS = [
  { key: "task", kind: "code", name: CODE },
  { key: "approval", kind: "approval", name: FILE_OR_ALIAS },
  { key: "agent", kind: "agent", name: FILE_OR_ALIAS },
  { key: "prompt", kind: "prompt", name: /./ },
  { key: "standIn", kind: "stand-in", name: CODE },
  { key: "output", kind: "contract", name: CONTRACT },
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
    add("contract", manifest[key], [key], CONTRACT);
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

/** The files that an agent names. */
export function referencesOfAgent(agent: AgentFile, source: SourceMap): readonly Reference[] {
  const { instructions, approve, input, artifact, standIn } = agent;
  const named: (Pick<Reference, "kind" | "at"> & { readonly path: unknown })[] = [
    { kind: "prompt", path: instructions, at: ["instructions"] },
    { kind: "approval", path: approve?.policy, at: ["approve", "policy"] },
    { kind: "contract", path: input, at: ["input"] },
    { kind: "contract", path: artifact, at: ["artifact"] },
    { kind: "stand-in", path: standIn, at: ["standIn"] },
  ];
  return named.flatMap(({ kind, path, at }) =>
    typeof path === "string" ? [{ kind, path, at, source }] : [],
  );
}

/** The first reference to each path. */
export function unique(references: readonly Reference[]): readonly Reference[] {
  const seen = new Set<string>();
  return references.filter(({ path }) => !seen.has(path) && seen.add(path));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
