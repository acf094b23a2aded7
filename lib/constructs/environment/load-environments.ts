import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { checkGrammar, inOrder } from "../../manifest/grammar.ts";
import { nearest } from "../../manifest/nearest.ts";
import { quoted } from "../../manifest/quoted.ts";
import { displayPath, readSource } from "../../manifest/read-source.ts";
import type { Path, SourceMap } from "../../manifest/source.ts";
import { parseYaml } from "../../manifest/yaml.ts";
import { ENVIRONMENT_NAME, Environment } from "./environment.ts";

export interface LoadedEnvironment {
  /** Of the file. */
  readonly name: string;
  readonly environment: Environment;
  readonly source: SourceMap;
}

export interface LoadedEnvironments {
  /** By name; those without an error. */
  readonly environments: readonly LoadedEnvironment[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Where environments lie: beside the bundles, as each says how those are deployed. */
export function environmentsFolder(root: string): string {
  return join(root, "bundles", "environments");
}

/** Reads every `bundles/environments/NAME.yaml` under `root`. Never throws for what they hold. */
export function loadEnvironments(root: string): LoadedEnvironments {
  const folder = environmentsFolder(root);
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const environments: LoadedEnvironment[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of files.filter((name) => /\.ya?ml$/.test(name))) {
    const loaded = loadEnvironment(join(folder, file));
    diagnostics.push(...loaded.diagnostics);
    if (loaded.environment) environments.push(loaded.environment);
  }
  return { environments, diagnostics };
}

function loadEnvironment(path: string): {
  readonly environment?: LoadedEnvironment;
  readonly diagnostics: readonly Diagnostic[];
} {
  const shown = displayPath(path);
  const name = basename(path).replace(/\.ya?ml$/, "");
  const read = readSource(path, shown);
  if (read.text === undefined) return { diagnostics: [read.diagnostic] };
  const { value, source, diagnostics } = parseYaml(read.text, shown);
  if (value === undefined) return { diagnostics };
  const checked = checkGrammar(Environment, value, source);
  const all = inOrder([...diagnostics, ...misnamed(name, source), ...checked.diagnostics]);
  return checked.data !== undefined && all.length === 0
    ? { environment: { name, environment: checked.data, source }, diagnostics: [] }
    : { diagnostics: all };
}

function misnamed(name: string, source: SourceMap): Diagnostic[] {
  if (ENVIRONMENT_NAME.test(name)) return [];
  return [
    {
      code: "ESP210",
      severity: "error",
      message: `${quoted(name)}, the name of this file, cannot name an environment`,
      hint: "Name it with a lower-case letter, then at most 15 lower-case letters and digits.",
      place: source.placeOf([]),
    },
  ];
}

/** Names in environments that no bundle has: workflows and approval policies. */
export function checkNames(
  environments: readonly LoadedEnvironment[],
  known: { readonly workflows: readonly string[]; readonly policies: readonly string[] },
): readonly Diagnostic[] {
  return environments.flatMap(({ environment, source }) => {
    const { workflows, policies } = known;
    const find = (what: string, name: string, all: readonly string[], at: Path, isKey: boolean) => {
      if (all.includes(name)) return [];
      const near = nearest(name, all);
      const hint = near
        ? `Did you mean "${near}"?`
        : all.length > 0
          ? `There are ${all.join(", ")}.`
          : "There is none.";
      const diagnostic: Diagnostic = {
        code: isKey ? "ESP201" : "ESP204",
        severity: "error",
        message: `no bundle has the ${what} ${quoted(name)}`,
        hint,
        place: isKey ? source.keyPlaceOf(at) : source.placeOf(at),
      };
      return [diagnostic];
    };
    return inOrder([
      ...(environment.workflows ?? []).flatMap((name, index) =>
        find("workflow", name, workflows, ["workflows", index], false),
      ),
      ...Object.keys(environment.config).flatMap((name) =>
        find("workflow", name, workflows, ["config", name], true),
      ),
      ...Object.keys(environment.approvers).flatMap((name) =>
        find("approval policy", name, policies, ["approvers", name], true),
      ),
    ]);
  });
}
