import type { Code } from "./code.ts";

const CASE = "scenarios/case/scenario.yaml";
const STEPS = "- { id: first, task: code/work.ts }\n";
const READ = `import { step } from "espalier";
import * as z from "zod";

export default step({
  input: z.unknown(),
  output: z.object({ size: z.number() }),
  async run() {
    return { size: 1 };
  },
});
`;
const scenario = (rest: string, name = "case") =>
  `apiVersion: espalier/v1\nscenario: ${name}\n${rest}`;

/** ESP87x: scenarios, as `espalier check` and `espalier test` read them. */
export const SCENARIO_CODES = {
  ESP871: {
    title: "Scenario named otherwise than its folder",
    explanation: "`scenarios/CASE/scenario.yaml` says `scenario: CASE`.",
    example: { steps: STEPS, files: { [CASE]: scenario("", "other") } },
  },
  ESP872: {
    title: "Scenario names no step",
    explanation:
      "An answer, or a check of the path, of calls, cost or turns, names a step, a state or a tool that the workflow does not have.",
    example: {
      steps: STEPS,
      files: { [CASE]: scenario("checks: [{ check: path, enters: [frist] }]\n") },
    },
  },
  ESP873: {
    title: "File of a scenario",
    explanation:
      "A file that the scenario names cannot be read, or is not what it has to be: JSON or YAML for `$json`, a JSON Schema for `schema`, what `espalier capture` has written for `world`.",
    example: { steps: STEPS, files: { [CASE]: scenario("input: { $json: input.json }\n") } },
  },
  ESP874: {
    title: "Answer that nobody asks for",
    explanation:
      "Code without effect, `prompt` and `retrieve` run in a scenario, `emit` is always taken, and a `decision` is what approvals are answered, and no other step.",
    example: {
      steps: STEPS,
      files: { [CASE]: scenario("answers: [{ step: first, output: 1 }]\n") },
    },
  },
  ESP875: {
    title: "Suite names no scenario",
    explanation: "`must` and `generated.from` in `suite.yaml` name scenarios beside it.",
    example: {
      steps: STEPS,
      files: { "scenarios/suite.yaml": "apiVersion: espalier/v1\nsuite: work\nmust: [gone]\n" },
    },
  },
  ESP876: {
    title: "Answer that the step cannot give",
    explanation:
      "The `output` of an answer breaks the output contract of its step: a run would never have got it.",
    example: {
      steps: "- { id: first, task: code/read.ts, effect: read }\n",
      files: {
        "code/read.ts": READ,
        [CASE]: scenario("answers: [{ step: first, output: { size: large } }]\n"),
      },
    },
  },
} as const satisfies Record<string, Code>;
