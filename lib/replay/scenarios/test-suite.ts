/** All scenarios of a bundle, and those that its contract suggests. */
import { basename } from "node:path";
import type { Plan } from "../../compiler/plan.ts";
import { edgeInputs } from "./generate/edge-inputs.ts";
import { mergeRepeats } from "./merge-repeats.ts";
import type { ScenarioResult, SuiteResult } from "./report.ts";
import { openScenario } from "./scenario.ts";
import { countVerdicts, openSuite, type Suite, unmetThresholds } from "./suite.ts";
import type { ScenarioJob } from "./test-scenario.ts";

export interface SuiteTest {
  /** Folder of the bundle, absolute. */
  readonly folder: string;
  /** As a person would type it. */
  readonly shown: string;
  readonly plan: Plan;
  readonly digest: string;
  /** How often each is run. */
  readonly repeat: number;
  /** Whether also on inputs at the edges of the contract. */
  readonly generate: boolean;
  readonly run: (job: ScenarioJob) => Promise<ScenarioResult>;
  /** The same on an earlier bundle. */
  readonly since:
    | (NonNullable<SuiteResult["since"]> & { readonly run: SuiteTest["run"] })
    | undefined;
  /** Told of each scenario that is done. */
  readonly done: (result: ScenarioResult) => void;
}

/** Throws `DiagnosticsError` for a suite file that is wrong. */
export async function testSuite(test: SuiteTest): Promise<SuiteResult> {
  const { folder, shown, plan, digest, since } = test;
  const suite = openSuite(folder, plan.workflow);
  const jobs = suite.scenarios.map((each): ScenarioJob => ({ folder: each, bundle: folder }));
  const written = await Promise.all(jobs.map((job) => testJob(job, test)));
  const generated = test.generate ? await generatedJobs(suite, written, test) : [];
  const results = [...written, ...(await Promise.all(generated.map((job) => testJob(job, test))))];
  const unmet = unmetThresholds(suite.file, results);
  return {
    ...{ workflow: plan.workflow, version: plan.version, bundle: digest, folder: shown },
    since: since ? { bundle: since.bundle, version: since.version, shown: since.shown } : null,
    ...{ isMet: unmet.length === 0, unmet, counts: countVerdicts(results), scenarios: results },
  };
}

async function testJob(job: ScenarioJob, { repeat, run, since, done }: SuiteTest) {
  const before = since?.run(job);
  const first = await run(job);
  const more = Array.from({ length: repeat - 1 }, () => run(job));
  const merged = mergeRepeats([first, ...(await Promise.all(more))]);
  const result = before ? { ...merged, before: (await before).verdict } : merged;
  done(result);
  return result;
}

/** Of scenarios that pass: what a changed input does is told by nothing else. */
async function generatedJobs(
  { file, scenarios }: Suite,
  results: readonly ScenarioResult[],
  { plan, folder }: SuiteTest,
): Promise<readonly ScenarioJob[]> {
  const passed = new Set(
    results.flatMap(({ name, verdict }) => (verdict === "passed" ? [name] : [])),
  );
  const names = file.generated.from ?? [...passed];
  const jobs: ScenarioJob[] = [];
  for (const each of scenarios) {
    const name = basename(each);
    if (!names.includes(name)) continue;
    const { scenario } = await openScenario(each);
    if (!scenario) continue;
    for (const { label, input } of edgeInputs(plan.contracts.input, scenario.input)) {
      const generated = { name: `${name}/${label}`, input, ends: file.generated.ends };
      jobs.push({ folder: each, bundle: folder, generated });
    }
  }
  return jobs;
}
