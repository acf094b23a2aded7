/** What is wrong with a scenario before it runs: names that mean nothing, expressions that do not parse. */

import { parseExpression } from "../../compiler/expression/parse.ts";
import type { Plan } from "../../compiler/plan.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { EXPRESSION_OFFSET, expressionCode } from "../../manifest/expression.ts";
import { inputProblems } from "../../manifest/input-problems.ts";
import { nearest } from "../../manifest/nearest.ts";
import { quoted } from "../../manifest/quoted.ts";
import type { GivenAnswer } from "../../manifest/scenario/scenario-file.ts";
import type { Path } from "../../manifest/source.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { isObject } from "../request-of.ts";
import { compileSchema } from "./check/schema-check.ts";
import type { Scenario } from "./scenario.ts";
import { stepAnswers } from "./step-answers.ts";

/** ESP301, ESP872, ESP873, ESP874. `bundle`: the folder that schemas are looked for in. */
export async function checkScenario(
  { file, source, answers, checks }: Scenario,
  plan: Plan,
  bundle: string,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const find = (code: string, path: Path, message: string, hint?: string) =>
    found.push({
      code,
      severity: "error",
      message,
      ...(hint && { hint }),
      place: source.placeOf(path),
    });
  const steps = new Set(plan.steps.map(({ id }) => id));
  // `set` and the like ride on other states: nobody sees them entered.
  const entered = new Set([
    ...plan.steps.flatMap(({ id, state }) => (state === null ? [] : [id])),
    ...statesOf(plan.definition),
  ]);
  const called = new Set([...steps, ...toolsOf(plan)]);
  const known = (name: string, path: Path, names: ReadonlySet<string>) => {
    if (names.has(name)) return;
    const near = nearest(name, [...names]);
    const hint = near === undefined ? undefined : `Did you mean ${near}?`;
    find("ESP872", path, `${quoted(name)} is nothing in ${plan.workflow}`, hint);
  };
  const parses = (text: string, path: Path) => {
    const { faults } = parseExpression(expressionCode(text));
    const [fault] = faults.filter(({ code }) => code === "ESP301");
    if (!fault) return;
    const span = { offset: fault.start + EXPRESSION_OFFSET, length: fault.length };
    const { message, hint } = fault;
    const place = source.placeOf(path, span);
    found.push({ code: "ESP301", severity: "error", message, ...(hint && { hint }), place });
  };

  for (const [i, answer] of file.answers.entries()) {
    const { step } = answer;
    const path = ["answers", i, "step"];
    known(step, path, steps);
    if (!steps.has(step)) continue;
    const why = refusal(step, answer, plan);
    if (why !== undefined) find("ESP874", path, why);
    else if (answer.output !== undefined) {
      const schema = outputContract(step, plan);
      const [problem] = inputProblems(schema, answers[i]?.output ?? null);
      const at: Path = ["answers", i, "output"];
      if (problem)
        find("ESP876", at, `"${step}" never yields this: ${problem.at}: ${problem.message}`);
    }
  }
  for (const [i, check] of checks.entries()) {
    const at = (...path: (string | number)[]): Path => ["checks", i, ...path];
    if ("of" in check) parses(check.of, at("of"));
    switch (check.check) {
      case "predicate":
        parses(check.holds, at("holds"));
        break;
      case "schema": {
        const problem = await compileSchema(bundle, check.schema).then(
          () => undefined,
          (error: Error) => error.message,
        );
        if (problem) find("ESP873", at("schema"), `${quoted(check.schema)}: ${problem}`);
        break;
      }
      case "path":
        for (const [n, name] of check.enters.entries()) known(name, at("enters", n), entered);
        for (const [n, name] of check.skips.entries()) known(name, at("skips", n), entered);
        break;
      case "calls":
        for (const [n, name] of check.none.entries()) known(name, at("none", n), called);
        break;
      case "cost":
      case "turns":
        if (check.step !== undefined) known(check.step, at("step"), steps);
        break;
      case "exact":
      case "number":
      case "end":
      case "judge":
        break;
      default:
        check satisfies never;
    }
  }
  return found;
}

/** Names of all states, those inside of maps and branches included. */
function statesOf(machine: JsonObject): readonly string[] {
  const { States: states, ...more } = machine;
  const inner = Object.values({ ...more, ...(states as JsonObject | undefined) });
  const names = isObject(states) ? Object.keys(states) : [];
  return [
    ...names,
    ...inner
      .flatMap((each) => [each].flat())
      .filter(isObject)
      .flatMap(statesOf),
  ];
}

/** `true` where nobody says. */
function outputContract(step: string, { functions, handlers }: Plan): JsonObject | true {
  const planned = functions.find((each) => each.step === step);
  switch (planned?.kind) {
    case "task":
      return handlers?.[planned.name]?.output ?? true;
    case "model":
      return planned.document.output ?? true;
    case "agent":
      return planned.document.artifact;
    default:
      return true;
  }
}

function toolsOf({ functions }: Plan): readonly string[] {
  const agents = functions.flatMap((each) => (each.kind === "agent" ? each.document.tools : []));
  return agents.map(({ name }) => `tool/${name}`);
}

function refusal(step: string, answer: GivenAnswer, plan: Plan): string | undefined {
  const isDecision = answer.decision !== undefined;
  switch (stepAnswers(step, plan)) {
    case "runs":
      return `"${step}" runs in a scenario: it is not answered`;
    case "decided":
      return answer.output === undefined
        ? undefined
        : `"${step}" is an approval: answer it with decision or error`;
    case "taken":
      return `"${step}" is an event: it is always taken`;
    case "nothing":
      return `"${step}" asks nobody`;
    case "answered":
      return isDecision ? `"${step}" is no approval: answer it with output or error` : undefined;
  }
}
