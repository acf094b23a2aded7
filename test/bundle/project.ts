/** A project in a temporary folder: bundles, shared components, environments. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type LoadBundleOptions, type LoadedBundle, loadBundle } from "../../lib/bundle/index.ts";
import type { Diagnostic } from "../../lib/manifest/diagnostic.ts";
import { loadEnvironment } from "../../lib/manifest/environment/load-environments.ts";
import { exampleFiles, writeFiles } from "../manifest/example-bundle.ts";

export interface Project {
  root: string;
}

export function useComponentProject(): Project {
  const project: Project = { root: "" };
  beforeEach(() => {
    project.root = realpathSync(mkdtempSync(join(tmpdir(), "espalier-components-")));
  });
  afterEach(() => rmSync(project.root, { recursive: true, force: true }));
  return project;
}

/** `component.yaml`, as the last two parts of the folder's path would have it. */
export function componentYaml(name: string, kind: string, version = "1.2.0"): string {
  return `apiVersion: espalier/v1\ncomponent: ${name}\nkind: ${kind}\nversion: ${version}\nowner: team@example.com\n`;
}

/** The files of a playbook: the simplest component, with nothing but a text. */
export function playbook(folder: string, version?: string, text = "1. Read it.\n") {
  const name = folder.split("/").at(-1) ?? "";
  return {
    [`${folder}/component.yaml`]: componentYaml(name, "playbook", version),
    [`${folder}/steps.md`]: text,
  };
}

/** Writes files below `bundles/` and loads `bundles/example`, with `uses` on its fifth line. */
export async function loadExample(
  { root }: Project,
  uses: string,
  files: Readonly<Record<string, string>> = {},
  environment?: string,
): Promise<LoadedBundle> {
  const example = exampleFiles({ keys: `uses: ${uses}\n` });
  const own = Object.entries(example).map(([path, text]) => [`example/${path}`, text]);
  writeFiles(join(root, "bundles"), { ...Object.fromEntries(own), ...files });
  const options: LoadBundleOptions = {};
  if (environment === undefined) return loadBundle(join(root, "bundles/example"), options);
  const loaded = loadEnvironment(environment, join(root, "bundles/environments"));
  if (!loaded.environment) return { diagnostics: loaded.diagnostics };
  return loadBundle(join(root, "bundles/example"), { environment: loaded.environment });
}

/** `file:line:column code message // hint` of each finding, with files from `bundles/`. */
export function told({ root }: Project, diagnostics: readonly Diagnostic[]): string[] {
  const short = (text: string) => text.replaceAll(`${root}/bundles/`, "");
  return diagnostics.map(({ place, code, message, hint }) =>
    short(`${place?.file}:${place?.line}:${place?.column} ${code} ${message} // ${hint}`),
  );
}
