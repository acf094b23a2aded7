/** A scenario, opened: its files read, and what they stand for put in their places. */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { quoted } from "../../manifest/quoted.ts";
import { displayPath } from "../../manifest/read-source.ts";
import type { Check } from "../../manifest/scenario/check.ts";
import { loadScenarioFile } from "../../manifest/scenario/load-scenario-file.ts";
import type { GivenAnswer, ScenarioFile } from "../../manifest/scenario/scenario-file.ts";
import type { Path, SourceMap } from "../../manifest/source.ts";
import type { Json } from "../../runtime/json.ts";
import { BesideError, digestOfBytes, readBeside, readValue, resolveFiles } from "./read-beside.ts";
import { World } from "./world.ts";

export const SCENARIOS_FOLDER = "scenarios";
export const SCENARIO_FILE = "scenario.yaml";
export const SUITE_FILE = "suite.yaml";
export const ARTIFACTS_FOLDER = "artifacts";

export interface Scenario {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** As a person would type it. */
  readonly place: string;
  readonly file: ScenarioFile;
  readonly source: SourceMap;
  readonly world: World | null;
  readonly input: Json;
  readonly answers: readonly GivenAnswer[];
  readonly checks: readonly Check[];
  /** Bytes of an artifact by its digest; undefined if the scenario does not have it. */
  readonly artifact: (digest: string) => Promise<Uint8Array | undefined>;
}

export type OpenedScenario =
  | { readonly scenario: Scenario; readonly diagnostics: readonly [] }
  | { readonly scenario?: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Folders of scenarios of a bundle's folder, by name. */
export function scenarioFolders(bundle: string): readonly string[] {
  const root = join(bundle, SCENARIOS_FOLDER);
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((each) => each.isDirectory() && existsSync(join(root, each.name, SCENARIO_FILE)))
    .map(({ name }) => join(root, name))
    .sort();
}

/** Never throws for what the files hold: ESP1xx, ESP2xx, ESP871, ESP873. */
export async function openScenario(folder: string): Promise<OpenedScenario> {
  const { file, source, diagnostics } = loadScenarioFile(join(folder, SCENARIO_FILE));
  if (file === undefined || source === undefined) return { diagnostics };
  const found: Diagnostic[] = [];
  const missing = (path: Path, message: string) =>
    found.push({ code: "ESP873", severity: "error", message, place: source.placeOf(path) });
  const artifacts = new Map<string, Uint8Array>();
  const unmask = unmaskingBy(file.masked);
  const resolve = async (value: Json, path: Path): Promise<Json> => {
    const resolved = await resolveFiles(value, folder);
    for (const [digest, bytes] of resolved.artifacts) artifacts.set(digest, bytes);
    for (const { path: at, message } of resolved.problems) missing([...path, ...at], message);
    return unmask(resolved.value);
  };
  const kept = file.world === undefined ? null : await readWorld(folder, file.world, missing);
  const world = kept && unmask(kept);
  const input = await resolve(file.input ?? {}, ["input"]);
  const answers = await Promise.all(
    file.answers.map(async (answer, i): Promise<GivenAnswer> => {
      if (!("output" in answer)) return answer;
      return { ...answer, output: await resolve(answer.output ?? null, ["answers", i, "output"]) };
    }),
  );
  const checks = await Promise.all(
    file.checks.map(async (check, i): Promise<Check> => {
      if (check.check !== "exact") return check;
      return { ...check, is: await resolve(check.is, ["checks", i, "is"]) };
    }),
  );
  if (found.length > 0) return { diagnostics: found };
  const stored = await storedArtifacts(folder);
  const scenario: Scenario = {
    ...{ name: file.scenario, folder: realpathSync(folder), place: displayPath(folder) },
    ...{ file, source, world, input, answers, checks },
    artifact: async (digest) => artifacts.get(digest) ?? stored.get(digest),
  };
  return { scenario, diagnostics: [] };
}

/** Puts example values in the places of tokens, wherever these stand: in texts, and in JSON in texts. */
function unmaskingBy(examples: ScenarioFile["masked"]): <T>(value: T) => T {
  const tokens = Object.entries(examples).filter(([token, example]) => token !== example);
  if (tokens.length === 0) return (value) => value;
  return <T>(value: T): T => {
    let text = JSON.stringify(value);
    for (const [token, example] of tokens) text = text.replaceAll(token, quotedAlike(example));
    return JSON.parse(text) as T;
  };
}

/** How it stands in JSON, without the quotes around it. */
function quotedAlike(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

async function readWorld(
  folder: string,
  path: string,
  missing: (path: Path, message: string) => void,
): Promise<World | null> {
  try {
    const parsed = World.safeParse(await readValue(folder, path));
    if (parsed.success) return parsed.data;
    const [first] = parsed.error.issues;
    throw new BesideError(`${first?.path.join(".") ?? ""}: ${first?.message ?? ""}`);
  } catch (error) {
    if (!(error instanceof BesideError)) throw error;
    missing(["world"], `${quoted(path)} is not what capture writes: ${error.message}`);
    return null;
  }
}

/**
 * As `capture` lays them out; bytes that are not what their name says are not there. All at once: while
 * code runs, its guard keeps everybody in its thread from the files.
 */
async function storedArtifacts(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const place = join(folder, ARTIFACTS_FOLDER);
  for (const name of existsSync(place) ? readdirSync(place) : []) {
    const digest = `sha256:${name.replace(/\.gz$/, "")}`;
    const bytes = await readBeside(folder, `${ARTIFACTS_FOLDER}/${name}`).catch(() => undefined);
    if (bytes && digestOfBytes(bytes) === digest) found.set(digest, bytes);
  }
  return found;
}
