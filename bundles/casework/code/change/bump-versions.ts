/** Raises versions by what has changed: the bundle's, and those of its own components. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import semver from "semver";
import { isScalar, parseDocument } from "yaml";
import type { ChangeRules } from "../../toolsets/workshop/change-rules.ts";

export interface Bump {
  /** `license-review`, or `playbooks/triage`. */
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

type Level = "minor" | "patch";

/**
 * The bundle's version rises by the greatest of its changes, a component's by its own. Versions that are
 * dates (`2026.11.1`) are numbers like others here: the last one rises.
 */
export async function bumpVersions(
  bundle: string,
  changed: readonly string[],
  rules: Pick<ChangeRules, "folders">,
): Promise<Bump[]> {
  const levels = new Map<string, Level>();
  const raise = (file: string, level: Level) => {
    if (levels.get(file) !== "minor") levels.set(file, level);
  };
  for (const path of changed) {
    const [folder = "", name = ""] = path.split("/");
    const level = rules.folders[folder];
    if (level === undefined) continue;
    raise("workflow.yaml", level);
    const component = `${folder}/${name}/component.yaml`;
    if (existsSync(join(bundle, component))) raise(component, level);
  }
  const bumps: Bump[] = [];
  for (const [path, level] of levels) {
    const file = join(bundle, path);
    const { text, ...bump } = bumpedText(await readFile(file, "utf8"), level);
    await writeFile(file, text);
    bumps.push({
      ...bump,
      what: path === "workflow.yaml" ? bump.what : path.slice(0, -"/component.yaml".length),
    });
  }
  return bumps;
}

/** The same YAML letter by letter, but for its `version`. Throws if it has none that is a version. */
export function bumpedText(text: string, level: Level): Bump & { readonly text: string } {
  const document = parseDocument(text);
  const version = document.get("version", true);
  const from = isScalar(version) ? String(version.value) : "";
  const to = nextVersion(from, level);
  const [start, end] = (isScalar(version) && version.range) || [0, 0];
  if (to === undefined || end === 0) throw new Error(`There is no version to raise: ${from}`);
  const what = String(document.get("workflow") ?? document.get("component") ?? "");
  const quoted = text.slice(start, end).replace(from, to);
  return { what, from, to, text: text.slice(0, start) + quoted + text.slice(end) };
}

/** A year in the place of the major version: the field after the month counts. */
function nextVersion(from: string, level: Level): string | undefined {
  const isDate = /^\d{4}\.\d{1,2}\.\d+$/.test(from);
  return semver.inc(from, isDate ? "patch" : level) ?? undefined;
}
