/** What must hold for all scenarios of a bundle together, and whether it does. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type Diagnostic, DiagnosticsError } from "../../manifest/diagnostic.ts";
import { nearest } from "../../manifest/nearest.ts";
import { quoted } from "../../manifest/quoted.ts";
import { loadSuiteFile } from "../../manifest/scenario/load-scenario-file.ts";
import { SuiteFile } from "../../manifest/scenario/suite-file.ts";
import type { Counts, ScenarioResult } from "./report.ts";
import { SCENARIOS_FOLDER, SUITE_FILE, scenarioFolders } from "./scenario.ts";

export interface Suite {
  readonly file: SuiteFile;
  /** Folders of its scenarios. */
  readonly scenarios: readonly string[];
}

/** Of a bundle's folder. Throws `DiagnosticsError`: ESP1xx, ESP2xx, ESP875. */
export function openSuite(bundle: string, workflow: string): Suite {
  const scenarios = scenarioFolders(bundle);
  const path = join(bundle, SCENARIOS_FOLDER, SUITE_FILE);
  if (!existsSync(path)) {
    const file = SuiteFile.parse({ apiVersion: "espalier/v1", suite: workflow });
    return { file, scenarios };
  }
  const { file, source, diagnostics } = loadSuiteFile(path);
  if (file === undefined || source === undefined) throw new DiagnosticsError(diagnostics);
  const names = scenarios.map((folder) => basename(folder));
  const found: Diagnostic[] = [];
  const known = (name: string, at: readonly (string | number)[]) => {
    if (names.includes(name)) return;
    const near = nearest(name, names);
    const message = `there is no scenario ${quoted(name)}`;
    const hint = near === undefined ? {} : { hint: `Did you mean ${near}?` };
    found.push({ code: "ESP875", severity: "error", message, ...hint, place: source.placeOf(at) });
  };
  for (const [i, name] of file.must.entries()) known(name, ["must", i]);
  for (const [i, name] of (file.generated.from ?? []).entries())
    known(name, ["generated", "from", i]);
  if (found.length > 0) throw new DiagnosticsError(found);
  return { file, scenarios };
}

export function countVerdicts(results: readonly ScenarioResult[]): Counts {
  const counts = { passed: 0, failed: 0, flaky: 0, unproven: 0, invalid: 0 };
  for (const { verdict } of results) counts[verdict] += 1;
  return counts;
}

/** Thresholds that are not met, in words; generated scenarios count like all others. */
export function unmetThresholds(
  { must, ...shares }: SuiteFile,
  results: readonly ScenarioResult[],
): readonly string[] {
  const counts = countVerdicts(results);
  const all = results.length;
  const unmet: string[] = [];
  if (counts.passed < shares.passed * all) {
    unmet.push(`${counts.passed} of ${all} scenarios passed, ${percent(shares.passed)} are asked`);
  }
  if (counts.flaky > shares.flaky * all) {
    unmet.push(
      `${counts.flaky} of ${all} scenarios are flaky, at most ${percent(shares.flaky)} may be`,
    );
  }
  for (const name of must) {
    const result = results.find((each) => each.name === name);
    if (result?.verdict !== "passed") unmet.push(`${name} must pass, and is ${result?.verdict}`);
  }
  return unmet;
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}
