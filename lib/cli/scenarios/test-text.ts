/** What a test of scenarios has found, for people, in 80 columns. */
import { linesOf } from "../../replay/scenarios/junit.ts";
import type {
  ScenarioResult,
  ScenarioVerdict,
  SuiteResult,
} from "../../replay/scenarios/report.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { wrap } from "../text/wrap.ts";

/** Of more scenarios, those that passed are only counted. */
const SHOWN = 40;
const VERDICT_WIDTH = 10;
const INDENT = " ".repeat(VERDICT_WIDTH + 2);

export function suiteText(suite: SuiteResult, out: Output): string[] {
  const { color } = out;
  const { workflow, version, bundle, since, scenarios } = suite;
  const shown = scenarios.filter(
    ({ verdict, before }) =>
      scenarios.length <= SHOWN || verdict !== "passed" || isMoved(verdict, before),
  );
  return [
    `${color.bold(safeText(workflow))} ${safeText(version)}  ${color.dim(shortDigest(bundle))}`,
    ...(since
      ? [`  since ${safeText(since.shown)}: ${since.version}, ${shortDigest(since.bundle)}`]
      : []),
    ...shown.flatMap((each) => scenarioText(each, out)),
    "",
    ...endText(suite, out),
  ];
}

function scenarioText(result: ScenarioResult, { color, width }: Output): string[] {
  const { name, origin, verdict, before, notes } = result;
  const paint = verdict === "passed" ? color.green : color.red;
  const moved = isMoved(verdict, before) ? `, was ${before}` : "";
  const why = verdict === "passed" ? [] : linesOf(result);
  return [
    `  ${paint(verdict.padEnd(VERDICT_WIDTH))}${safeText(name)}  ${color.dim(origin)}${moved}`,
    ...why.flatMap((line) => wrap(safeText(line), width, INDENT)),
    ...notes.flatMap((line) => wrap(safeText(line), width, INDENT)).map(color.dim),
  ];
}

function endText(
  { counts, scenarios, unmet, since }: SuiteResult,
  { color, width }: Output,
): string[] {
  const told = Object.entries(counts).flatMap(([verdict, count]) =>
    count > 0 ? [`${count} ${verdict}`] : [],
  );
  const total = scenarios.length === 1 ? "1 scenario" : `${scenarios.length} scenarios`;
  return [
    `  ${total}: ${told.join(", ")}`,
    ...(since ? sinceText(scenarios) : []),
    ...(unmet.length === 0
      ? [`  ${color.green("All thresholds are met.")}`]
      : unmet.flatMap((line) => wrap(`${color.red("not met")}  ${safeText(line)}`, width, "  "))),
  ];
}

function sinceText(scenarios: readonly ScenarioResult[]): string[] {
  const moved = scenarios.filter(({ verdict, before }) => isMoved(verdict, before));
  const better = moved.filter(({ verdict }) => verdict === "passed").length;
  const worse = moved.filter(({ before }) => before === "passed").length;
  return [`  ${better} better, ${worse} worse, ${scenarios.length - better - worse} as before`];
}

/** Passed before and not now, or the other way round. */
function isMoved(verdict: ScenarioVerdict, before: ScenarioVerdict | undefined): boolean {
  return before !== undefined && (verdict === "passed") !== (before === "passed");
}
