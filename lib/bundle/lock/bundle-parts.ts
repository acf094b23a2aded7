/** Takes a bundle apart. */
import { isCategory } from "../../manifest/components/kinds.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { COMPONENTS_FOLDER } from "../component.ts";
import { MANIFEST_FILE } from "../find-bundles.ts";
import { codeDigests } from "./code-modules.ts";
import { componentParts } from "./component-parts.ts";
import { BUNDLE_OWNER, type BundleContent, type Part } from "./part.ts";
import { documentOf, objectOf, partOf, yamlOf } from "./part-value.ts";
import { stepParts } from "./step-parts.ts";

/** Every part of a bundle, in the order of owner, kind and name. */
export function bundleParts({ sources, code }: BundleContent): readonly Part[] {
  const manifest = objectOf(yamlOf(sources.get(MANIFEST_FILE), MANIFEST_FILE));
  const kinds = referencedKinds(sources, manifest);
  const parts: Part[] = [...manifestParts(manifest)];
  for (const [path, bytes] of sources) {
    if (path === MANIFEST_FILE || path.startsWith(`${COMPONENTS_FOLDER}/`)) continue;
    const kind = kinds.get(path) ?? (path.endsWith(".md") ? "prompt" : "file");
    parts.push(partOf(BUNDLE_OWNER, kind, path, documentOf(path, bytes)));
  }
  for (const [alias, files] of componentFolders(sources)) {
    parts.push(...componentParts(alias, files));
  }
  for (const [entry, compiled] of code) {
    const { owner, name } = ownerOf(entry);
    const digests = codeDigests(compiled);
    parts.push({ owner, kind: "code", name, digest: digests.compiled, code: digests });
  }
  return parts.sort(
    (a, b) => compare(a.owner, b.owner) || compare(a.kind, b.kind) || compare(a.name, b.name),
  );
}

/** `components/CATEGORY/ALIAS/PATH`, or a path of the bundle's own. */
export function ownerOf(path: string): { readonly owner: string; readonly name: string } {
  const [folder, category = "", alias = "", ...rest] = path.split("/");
  return folder === COMPONENTS_FOLDER && isCategory(category)
    ? { owner: `${category}.${alias}`, name: rest.join("/") }
    : { owner: BUNDLE_OWNER, name: path };
}

function manifestParts(manifest: JsonObject): readonly Part[] {
  const { steps, uses, config, ...fields } = manifest;
  const parts = [
    ...Object.entries(fields).map(([name, value]) => partOf(BUNDLE_OWNER, "workflow", name, value)),
    ...Object.entries(objectOf(config)).map(([name, value]) =>
      partOf(BUNDLE_OWNER, "config", name, value),
    ),
    ...stepParts(steps ?? []),
  ];
  for (const [category, aliases] of Object.entries(objectOf(uses))) {
    for (const [alias, reference] of Object.entries(objectOf(aliases))) {
      parts.push(partOf(`${category}.${alias}`, "reference", alias, reference));
    }
  }
  return parts;
}

/** What the manifest and its agents say that a file is. */
function referencedKinds(
  sources: ReadonlyMap<string, Uint8Array>,
  manifest: JsonObject,
): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    for (const [key, member] of Object.entries(objectOf(value))) {
      const kind = KINDS[key];
      if (typeof member === "string" && kind !== undefined && sources.has(member)) {
        if (kinds.has(member)) continue;
        kinds.set(member, kind);
        if (kind === "agent") visit(yamlOf(sources.get(member), member));
      } else {
        visit(member);
      }
    }
  };
  visit(manifest);
  return kinds;
}

const KINDS: Readonly<Record<string, string>> = {
  agent: "agent",
  approval: "approval",
  policy: "approval",
  prompt: "prompt",
  instructions: "prompt",
  input: "contract",
  output: "contract",
  artifact: "contract",
};

function componentFolders(
  sources: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, ReadonlyMap<string, Uint8Array>> {
  const folders = new Map<string, Map<string, Uint8Array>>();
  for (const [path, bytes] of sources) {
    const { owner, name } = ownerOf(path);
    if (owner === BUNDLE_OWNER) continue;
    const files = folders.get(owner) ?? new Map<string, Uint8Array>();
    folders.set(owner, files.set(name, bytes));
  }
  return folders;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
