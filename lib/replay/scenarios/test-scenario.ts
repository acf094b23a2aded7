/** One scenario on one bundle: opened, run, and judged by its checks. */
import { performance } from "node:perf_hooks";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import type { Check } from "../../manifest/scenario/check.ts";
import type { Json } from "../../runtime/json.ts";
import type { ReplayBundle } from "../bundle-snapshot.ts";
import { totalUsage } from "../three-way/usage.ts";
import { readJudgments } from "./check/judgments.ts";
import { endText, performCheck } from "./check/perform-check.ts";
import { checkScenario } from "./check-scenario.ts";
import { type PlayOptions, playScenario } from "./play-scenario.ts";
import type { Played } from "./played.ts";
import type { CheckResult, ScenarioResult, ScenarioVerdict } from "./report.ts";
import { openScenario, type Scenario } from "./scenario.ts";

/** One run of one scenario. */
export interface ScenarioJob {
  /** Of the scenario. */
  readonly folder: string;
  /** Of the bundle that it is tested on: schemas of checks are looked for there. */
  readonly bundle: string;
  /** Absent: the scenario as it is. */
  readonly generated?: GeneratedCase | undefined;
  /** What it has come to elsewhere. Absent: it is run here. */
  readonly played?: Played | undefined;
}

export interface GeneratedCase {
  readonly name: string;
  readonly input: Json;
  /** Errors with which the workflow ends on purpose. */
  readonly ends: readonly string[];
}

export interface TestOptions extends PlayOptions {
  /** Keeps expressions that do not end from holding up everything. */
  readonly limited?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Never throws for what the scenario's files hold. */
export async function testScenario(
  job: ScenarioJob,
  bundle: ReplayBundle,
  { limited = (work) => work(), ...options }: TestOptions = {},
): Promise<ScenarioResult> {
  const begin = performance.now();
  const opened = await openScenario(job.folder);
  const { scenario } = opened;
  if (!scenario) return invalid(job, opened.diagnostics);
  const found = await checkScenario(scenario, bundle.plan, job.bundle);
  if (found.length > 0) return invalid(job, found);
  const { generated } = job;
  const input = generated?.input;
  const played = job.played ?? (await playScenario(scenario, bundle, { ...options, input }));
  const checks = generated
    ? [generatedCheck(generated, played, scenario)]
    : await limited(() => performChecks(scenario, played, job.bundle, bundle));
  const reasons = [
    ...(isEndTold(checks, played) ? [] : [`the run ended ${endText(played)}`]),
    ...[...played.unanswered, ...played.unsteady, ...played.unproven],
  ];
  const usage = totalUsage(Object.values(played.usage));
  return {
    name: generated?.name ?? scenario.name,
    place: scenario.place,
    origin: generated ? "generated" : scenario.file.from ? "captured" : "written",
    verdict: verdictOf(checks, played),
    ...{ end: played.end, output: played.output, checks, reasons, notes: played.notes },
    ...{ cost: usage.costs, turns: usage.turns },
    milliseconds: Math.round(performance.now() - begin),
  };
}

/** A run that fails explains most of what its checks miss, unless they expect it to. */
function isEndTold(checks: readonly CheckResult[], { end }: Played): boolean {
  if (end.status === "SUCCEEDED") return true;
  return (
    checks.every(({ result }) => result === "passed") || checks.some(({ check }) => check === "end")
  );
}

function verdictOf(checks: readonly CheckResult[], played: Played): ScenarioVerdict {
  if (played.unanswered.length > 0) return "failed";
  if (checks.some(({ result }) => result === "failed")) return "failed";
  if (played.unsteady.length > 0) return "flaky";
  if (played.unproven.length > 0) return "unproven";
  return checks.some(({ result }) => result === "not asked") ? "unproven" : "passed";
}

const SUCCEEDS: Check = { check: "end", status: "SUCCEEDED" };

async function performChecks(
  { checks, folder, source }: Scenario,
  played: Played,
  bundle: string,
  { plan }: ReplayBundle,
): Promise<readonly CheckResult[]> {
  const judgments = await readJudgments(folder);
  const all = checks.length > 0 ? checks : [SUCCEEDS];
  return Promise.all(
    all.map(async (check, i): Promise<CheckResult> => {
      const outcome = await performCheck(check, played, { plan, bundle, judgments });
      const { file, line, column } = source.placeOf(["checks", i]);
      const place = `${file}:${line}:${column}`;
      return { check: check.check, says: check.says ?? null, ...outcome, place };
    }),
  );
}

/** A run on an input that nobody has thought of ends well, or on purpose, or is refused. */
function generatedCheck({ ends }: GeneratedCase, played: Played, { place }: Scenario): CheckResult {
  const { status, error } = played.end;
  const isFine = status === "SUCCEEDED" || (error !== null && [REFUSED, ...ends].includes(error));
  const message = isFine ? null : `the run ended ${endText(played)}`;
  return { check: "end", says: null, result: isFine ? "passed" : "failed", message, place };
}

const REFUSED = "Contract.InputInvalid";

function invalid({ folder, generated }: ScenarioJob, found: readonly Diagnostic[]): ScenarioResult {
  const [first] = found;
  const name = generated?.name ?? folder.split(/[\\/]/).at(-1) ?? folder;
  return {
    ...{ name, place: first?.place?.file.replace(/\/[^/]*$/, "") ?? folder },
    ...{ origin: generated ? "generated" : "written", verdict: "invalid", end: null, output: null },
    checks: [],
    reasons: found.map(({ code, message, hint, place }) => {
      const at = place ? `${place.file}:${place.line}:${place.column}  ` : "";
      return `${at}${code}  ${message}${hint ? `. ${hint}` : ""}`;
    }),
    ...{ notes: [], cost: {}, turns: 0, milliseconds: 0 },
  };
}
