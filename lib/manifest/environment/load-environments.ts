/** Environments, from their files. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Diagnostic } from "../diagnostic.ts";
import { checkGrammar, inOrder } from "../grammar.ts";
import { quoted } from "../quoted.ts";
import { displayPath, readSource } from "../read-source.ts";
import type { SourceMap } from "../source.ts";
import { parseYaml } from "../yaml.ts";
import { ENVIRONMENT_NAME, Environment } from "./environment.ts";
import { LOCAL_ENVIRONMENT } from "./local.ts";
import type { ModelSettings } from "./model-settings.ts";

export { LOCAL_ENVIRONMENT };

/** What is deployed where no file describes a deployed environment. */
export const DEFAULT_ENVIRONMENT = "dev";

export interface LoadedEnvironment {
  /** Of the file. */
  readonly name: string;
  readonly environment: Environment;
  /** The file as people type it; where there is none, the one to write. */
  readonly file: string;
  /** Null if there is no file, and so only defaults. */
  readonly source: SourceMap | null;
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

const FILE = /\.ya?ml$/;

/**
 * Reads every `bundles/environments/NAME.yaml` under `root`, that of this machine included.
 * Never throws for what they hold.
 */
export function loadEnvironments(root: string): LoadedEnvironments {
  const all = loadEnvironmentFiles(environmentsFolder(root)).map(({ loaded }) => loaded);
  return {
    environments: all.flatMap(({ environment }) => environment ?? []),
    diagnostics: all.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** Every file of a folder of environments, by name. */
export function loadEnvironmentFiles(
  folder: string,
): readonly { readonly name: string; readonly loaded: LoadedOne }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => FILE.test(file))
    .sort()
    .map((file) => ({ name: file.replace(FILE, ""), loaded: loadFile(join(folder, file)) }));
}

/** Those that are deployed: all but this machine's; without any, the one that needs no file. */
export function deployedEnvironments(
  root: string,
  environments: readonly LoadedEnvironment[],
): readonly LoadedEnvironment[] {
  const deployed = environments.filter(({ name }) => name !== LOCAL_ENVIRONMENT);
  return deployed.length > 0
    ? deployed
    : [emptyEnvironment(DEFAULT_ENVIRONMENT, environmentsFolder(root))];
}

/** Whether an environment deploys a workflow. */
export function deploys(
  { environment }: Pick<LoadedEnvironment, "environment">,
  workflow: string,
): boolean {
  return environment.workflows?.includes(workflow) ?? true;
}

export interface LoadedOne {
  /** Absent if its file has any error. */
  readonly environment?: LoadedEnvironment;
  readonly diagnostics: readonly Diagnostic[];
}

/** One environment of a folder of environments, by name; only defaults where it has no file. */
export function loadEnvironment(name: string, folder: string): LoadedOne {
  const path = [`${name}.yaml`, `${name}.yml`]
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
  return path === undefined
    ? { environment: emptyEnvironment(name, folder), diagnostics: [] }
    : loadFile(path);
}

/** An environment that no file describes. `folder` is where its file would lie. */
export function emptyEnvironment(name: string, folder: string): LoadedEnvironment {
  const file = displayPath(join(folder, `${name}.yaml`));
  return { name, environment: Environment.parse({}), file, source: null };
}

/** Who answers models: what the file says, else a stand-in on this machine, and Bedrock on AWS. */
export function modelSettingsOf({ name, environment }: LoadedEnvironment): ModelSettings {
  return environment.models ?? { adapter: name === LOCAL_ENVIRONMENT ? "stand-in" : "bedrock" };
}

function loadFile(path: string): LoadedOne {
  const shown = displayPath(path);
  const name = basename(path).replace(FILE, "");
  const read = readSource(path, shown);
  if (read.text === undefined) return { diagnostics: [read.diagnostic] };
  const { value, source, diagnostics } = parseYaml(read.text, shown);
  if (value === undefined) return { diagnostics };
  const checked = checkGrammar(Environment, value, source);
  const all = inOrder([...diagnostics, ...misnamed(name, source), ...checked.diagnostics]);
  return checked.data !== undefined && all.length === 0
    ? { environment: { name, environment: checked.data, file: shown, source }, diagnostics: [] }
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
