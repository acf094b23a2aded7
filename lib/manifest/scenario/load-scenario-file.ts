/** Reads scenarios and suites, with findings like a manifest's. */
import { basename, dirname } from "node:path";
import type { z } from "zod";
import type { Diagnostic } from "../diagnostic.ts";
import { checkGrammar, inOrder } from "../grammar.ts";
import { quoted } from "../quoted.ts";
import { displayPath, readSource } from "../read-source.ts";
import type { SourceMap } from "../source.ts";
import { parseYaml } from "../yaml.ts";
import { ScenarioFile } from "./scenario-file.ts";
import { SuiteFile } from "./suite-file.ts";

export interface LoadedFile<T> {
  /** Absent if there is any error. */
  readonly file?: T;
  /** Absent if the file could not be read. */
  readonly source?: SourceMap;
  readonly diagnostics: readonly Diagnostic[];
}

/** `path` ends in `CASE/scenario.yaml`. Never throws for what the file holds. */
export function loadScenarioFile(path: string): LoadedFile<ScenarioFile> {
  const loaded = loadFile(path, ScenarioFile);
  const { file, source } = loaded;
  const folder = basename(dirname(path));
  if (file === undefined || source === undefined || file.scenario === folder) return loaded;
  const finding: Diagnostic = {
    code: "ESP871",
    severity: "error",
    message: `the scenario is named ${quoted(file.scenario)}, its folder ${quoted(folder)}`,
    hint: "Name both alike.",
    place: source.placeOf(["scenario"]),
  };
  return { source, diagnostics: [finding] };
}

/** Never throws for what the file holds. */
export function loadSuiteFile(path: string): LoadedFile<SuiteFile> {
  return loadFile(path, SuiteFile);
}

function loadFile<T>(path: string, schema: z.ZodType<T>): LoadedFile<T> {
  const shown = displayPath(path);
  const read = readSource(path, shown);
  if (read.text === undefined) return { diagnostics: [read.diagnostic] };
  const { value, source, diagnostics } = parseYaml(read.text, shown);
  if (value === undefined) return { source, diagnostics };
  const checked = checkGrammar(schema, value, source);
  const all = inOrder([...diagnostics, ...checked.diagnostics]);
  return checked.data !== undefined && all.length === 0
    ? { file: checked.data, source, diagnostics: [] }
    : { source, diagnostics: all };
}
