import type { Code } from "./code.ts";

/** ESP3xx: names and expressions. */
export const FLOW_CODES = {
  ESP301: {
    title: "Expression does not parse",
    explanation:
      "Expressions are JSONata 2.0.6, as in Step Functions. The message is the parser's.",
    example: { steps: '- id: first\n  set: "{% $input.a + %}"\n' },
  },
  ESP302: {
    title: "Expression without data",
    explanation:
      "An expression starts from named data: `$input`, `$run`, `$config`, `$iteration` or a step's name. Plain fields, `$` and `$$` stand for nothing at its top. `${` marks placeholders of the state machine and cannot stand in an expression.",
    example: { steps: '- id: first\n  set: "{% sbom.components %}"\n' },
  },
  ESP303: {
    title: "Not in Step Functions' JSONata",
    explanation:
      "Step Functions has the functions of JSONata 2.0.6 without `$eval`, and `$partition`, `$range`, `$hash`, `$random`, `$uuid`, `$parse` of its own. The operators `??` and `?:` came later.",
    example: { steps: '- id: first\n  set: "{% $cuont($input) %}"\n' },
  },
  ESP304: {
    title: "Name not defined here",
    explanation:
      "No step of this name has ended when the place is reached, or its name is not visible there: steps inside of a map, a repeat or a branch of a parallel are known only there, and their structure's own name stands for what they yield.",
    example: { steps: '- id: first\n  set: "{% $second %}"\n- id: second\n  set: 2\n' },
  },
  ESP305: {
    title: "Name not defined on every path",
    explanation:
      "The step runs only on some of the ways that lead here. Use the name of the switch or of the step with the catch: it stands for what was yielded on whichever way was taken. (A step that its own `if` skips is defined: it yields null.)",
    example: {
      steps:
        '- id: way\n  switch:\n    - when: "{% $input.big %}"\n      steps: [{ id: inside, set: 1 }]\n- id: after\n  set: "{% $inside %}"\n',
    },
  },
  ESP306: {
    title: "Local name hides a workflow's name",
    explanation:
      "A variable or parameter within an expression has the name of a step, of an item or of `$input` and the like. It would be read instead.",
    example: {
      steps: '- id: first\n  set: 1\n- id: second\n  set: "{% ($first := 2; $first) %}"\n',
    },
  },
  ESP307: {
    title: "Name of a function",
    explanation:
      "A step's output is a variable of expressions, and would hide the function of that name in all of them.",
    example: { steps: "- id: merge\n  set: 1\n" },
  },
  ESP308: {
    title: "Step that never runs",
    explanation: "Every way to this step ends before it, in a `fail` or a `succeed`.",
    example: { steps: "- id: done\n  succeed: 1\n- id: more\n  set: 2\n" },
  },
  ESP309: {
    title: "Error name that Step Functions does not know",
    explanation:
      "Names that begin with `States.` are Step Functions' own, and there is a fixed list of them.",
    example: {
      steps: "- id: first\n  task: code/work.ts\n  catch: [{ on: [States.TimeOut], value: 1 }]\n",
    },
  },
} as const satisfies Record<string, Code>;
