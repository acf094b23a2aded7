/** A test report as JUnit XML, as CI servers read it. */
import type { ScenarioResult, SuiteResult, TestReport } from "./report.ts";

export function junitXml({ suites }: TestReport): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    ...suites.flatMap(suiteXml),
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteXml({ workflow, version, bundle, scenarios, counts, unmet }: SuiteResult): string[] {
  const failures = counts.failed + counts.flaky + counts.unproven;
  const named = attributes({
    ...{ name: workflow, tests: scenarios.length, failures, errors: counts.invalid },
    time: seconds(scenarios.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
  });
  return [
    `  <testsuite${named}>`,
    "    <properties>",
    `      <property${attributes({ name: "bundle", value: bundle })}/>`,
    `      <property${attributes({ name: "version", value: version })}/>`,
    "    </properties>",
    ...scenarios.flatMap((each) => caseXml(workflow, each)),
    ...(unmet.length > 0 ? [`    <system-err>${escaped(unmet.join("\n"))}</system-err>`] : []),
    "  </testsuite>",
  ];
}

function caseXml(workflow: string, result: ScenarioResult): string[] {
  const { name, place, verdict, milliseconds } = result;
  const named = attributes({ classname: workflow, name, file: place, time: seconds(milliseconds) });
  if (verdict === "passed") return [`    <testcase${named}/>`];
  const lines = linesOf(result);
  const element = verdict === "invalid" ? "error" : "failure";
  const said = attributes({ type: verdict, message: lines[0] ?? verdict });
  return [
    `    <testcase${named}>`,
    `      <${element}${said}>${escaped(lines.join("\n"))}</${element}>`,
    "    </testcase>",
  ];
}

/** Why a scenario is not passed, a line each. */
export function linesOf({ checks, reasons }: ScenarioResult): readonly string[] {
  const failed = checks
    .filter(({ result }) => result !== "passed")
    .map(({ check, says, message, place }) => `${place}  ${says ?? check}: ${message ?? ""}`);
  return [...reasons, ...failed];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join("");
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

/** XML 1.0 §2.2: what no document may hold, not even escaped, is shown as U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"'\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}
