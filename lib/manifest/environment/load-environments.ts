/** Environments, from their files. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Diagnostic } from "../diagnostic.ts";
import { checkGrammar, inOrder } from "../grammar.ts";
import { quoted } from "../quoted.ts";
import { displayPath, readSource } from "../read-source.ts";
import type { SourceMap } from "../source.ts";
import type { Json } from "../values.ts";
import { parseYaml } from "../yaml.ts";
import { ENVIRONMENT_NAME, Environment } from "./environment.ts";
import { extendEnvironment } from "./extend-environment.ts";
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
  /** What its file says, and what it extends, without defaults. */
  readonly written?: Json;
  readonly diagnostics: readonly Diagnostic[];
}

/** One environment of a folder of environments, by name; only defaults where it has no file. */
export function loadEnvironment(name: string, folder: string): LoadedOne {
  const path = fileOf(name, folder);
  return path === undefined
    ? { environment: emptyEnvironment(name, folder), diagnostics: [] }
    : loadFile(path);
}

function fileOf(name: string, folder: string): string | undefined {
  return [`${name}.yaml`, `${name}.yml`]
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
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

function loadFile(path: string, extending: readonly string[] = []): LoadedOne {
  const shown = displayPath(path);
  const name = basename(path).replace(FILE, "");
  const read = readSource(path, shown);
  if (read.text === undefined) return { diagnostics: [read.diagnostic] };
  const { value, source, diagnostics } = parseYaml(read.text, shown);
  if (value === undefined) return { diagnostics };
  const checked = checkGrammar(Environment, value, source);
  const all = inOrder([
    ...diagnostics,
    ...misnamed(name, source),
    ...checked.diagnostics,
    ...ownedHere(name, checked.data, source),
  ]);
  if (checked.data === undefined || all.length > 0) return { diagnostics: all };
  const { extends: base } = checked.data;
  if (base === undefined) {
    const environment = { name, environment: checked.data, file: shown, source };
    return { environment, written: value as Json, diagnostics: [] };
  }
  const extended = loadBase(base, path, [...extending, name], source);
  if (extended.written === undefined) return { diagnostics: extended.diagnostics };
  const written = extendEnvironment(extended.written, value as Json);
  const whole = checkGrammar(Environment, written, source);
  return whole.data !== undefined && whole.diagnostics.length === 0
    ? {
        environment: { name, environment: whole.data, file: shown, source },
        written,
        diagnostics: [],
      }
    : { diagnostics: whole.diagnostics };
}

/** What an environment extends, beside it. ESP204. */
function loadBase(
  base: string,
  path: string,
  extending: readonly string[],
  source: SourceMap,
): LoadedOne {
  const refuse = (message: string): LoadedOne => ({
    diagnostics: [
      {
        code: "ESP204",
        severity: "error",
        message,
        hint: "Extend an environment with a file of its own, none of those that extend this one.",
        place: source.placeOf(["extends"]),
      },
    ],
  });
  if (extending.includes(base)) {
    return refuse([...extending, base].map((one) => `"${one}"`).join(" extends "));
  }
  const file = fileOf(base, dirname(path));
  return file === undefined
    ? refuse(`there is no environment "${base}"`)
    : loadFile(file, extending);
}

/** One machine works for any customer. */
function ownedHere(
  name: string,
  environment: Environment | undefined,
  source: SourceMap,
): Diagnostic[] {
  if (name !== LOCAL_ENVIRONMENT || environment?.customer === undefined) return [];
  return [
    {
      code: "ESP207",
      severity: "error",
      message: '"customer" means nothing on this machine',
      hint: "Here a run is for whichever customer it is started for.",
      place: source.keyPlaceOf(["customer"]),
    },
  ];
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
