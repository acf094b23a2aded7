import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { nearest } from "../../manifest/nearest.ts";
import { Failure } from "../failure.ts";

const MANIFEST = "workflow.yaml";

/**
 * The folder of a bundle: `WORKFLOW` is a name under `./bundles`, or a path to a folder with a
 * `workflow.yaml`. Returns an absolute path; throws a `Failure` that proposes the nearest name.
 */
export function selectBundle(workflow: string, cwd: string): string {
  const isPath = /[/\\.]/.test(workflow);
  const candidates = [...(isPath ? [] : [join(cwd, "bundles", workflow)]), resolve(cwd, workflow)];
  const found = candidates.find((folder) => existsSync(join(folder, MANIFEST)));
  if (found !== undefined) {
    return found;
  }
  if (isPath) {
    throw new Failure("WorkflowNotFound", `There is no ${MANIFEST} in ${workflow}`, {
      hint: "Name a bundle's folder, or a workflow under ./bundles.",
    });
  }
  const known = bundleFolders(cwd).map((folder) => relative(join(cwd, "bundles"), folder));
  const near = nearest(workflow, known);
  throw new Failure("WorkflowNotFound", `There is no workflow "${workflow}" under ./bundles`, {
    hint: hintFor(near, known),
  });
}

/** Folders under `./bundles` that have a manifest, or `cwd` itself if it is one. Sorted. */
export function bundleFolders(cwd: string, bundles = "bundles"): string[] {
  const root = resolve(cwd, bundles);
  if (!existsSync(root)) {
    return existsSync(join(cwd, MANIFEST)) ? [cwd] : [];
  }
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => join(root, entry.name))
    .filter((folder) => existsSync(join(folder, MANIFEST)))
    .sort();
}

function hintFor(near: string | undefined, known: readonly string[]): string {
  if (near !== undefined) {
    return `Did you mean ${near}?`;
  }
  return known.length === 0
    ? "This folder has no ./bundles. Begin with: espalier init hello"
    : `There are: ${known.join(", ")}.`;
}
