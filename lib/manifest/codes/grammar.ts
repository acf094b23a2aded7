import type { Code } from "./code.ts";

/** ESP2xx: the grammar of manifests and approval policies. */
export const GRAMMAR_CODES = {
  ESP201: {
    title: "Unknown key",
    explanation: "The grammar has no such key here; docs/manifest.md lists those that it has.",
    example: { steps: "- id: first\n  task: code/work.ts\n  timout: 30s\n" },
  },
  ESP202: {
    title: "Missing key",
    explanation: "A key that is always needed is absent.",
    example: { steps: "- task: code/work.ts\n" },
  },
  ESP203: {
    title: "Wrong kind of value",
    explanation: "The key is known, but its value is of another type than expected.",
    example: { steps: "- id: first\n  task: [code/work.ts]\n" },
  },
  ESP204: {
    title: "Value not allowed",
    explanation: "The value has the right type, but lies outside of what is possible here.",
    example: { steps: "- id: first\n  task: code/work.ts\n  memory: 64\n" },
  },
  ESP205: {
    title: "Step without a kind",
    explanation: "One key of a step says what it is: `task`, `approval`, `set`, …",
    example: { steps: "- id: first\n  with: { a: 1 }\n" },
  },
  ESP206: {
    title: "Step with two kinds",
    explanation: "A step is one thing. Make two steps of it.",
    example: { steps: "- id: first\n  task: code/work.ts\n  set: 1\n" },
  },
  ESP207: {
    title: "Key of another kind of step",
    explanation: "The key exists, but means nothing for this kind of step.",
    example: { steps: "- id: first\n  set: 1\n  timeout: 30s\n" },
  },
  ESP208: {
    title: "Name used twice",
    explanation:
      "Ids of steps, names of parallel branches' steps and of map items are unique in the whole workflow: each becomes a state or a variable, and Step Functions forbids an inner scope to shadow an outer one.",
    example: { steps: "- id: first\n  set: 1\n- id: first\n  set: 2\n" },
  },
  ESP209: {
    title: "Reserved name",
    explanation: "Expressions use this name for something else.",
    example: { steps: "- id: input\n  set: 1\n" },
  },
  ESP210: {
    title: "Name with a wrong shape",
    explanation:
      "An id becomes a variable of expressions: a letter, then letters, digits and underscores, at most 64. Names of workflows are lower-case letters, digits and dashes, at most 41.",
    example: { steps: "- id: first-step\n  set: 1\n" },
  },
  ESP211: {
    title: "No duration",
    explanation: "A duration is a whole number and one of s, m, h, d, from 1s to 365d.",
    example: { steps: "- id: pause\n  wait: 5 minutes\n" },
  },
  ESP212: {
    title: "No semantic version",
    explanation: "A version has three numbers, and perhaps a pre-release: `1.4.0`, `2.0.0-rc.1`.",
    example: {
      manifest:
        'apiVersion: espalier/v1\nworkflow: example\nversion: "1.0"\nowners: { business: a@example.com, platform: b@example.com, risk: c@example.com }\nsteps:\n  - { id: first, set: 1 }\n',
    },
  },
  ESP213: {
    title: "Unknown apiVersion",
    explanation: "This version of Espalier reads `espalier/v1`.",
    example: {
      manifest:
        "apiVersion: espalier/v9\nworkflow: example\nversion: 1.0.0\nowners: { business: a@example.com, platform: b@example.com, risk: c@example.com }\nsteps:\n  - { id: first, set: 1 }\n",
    },
  },
  ESP214: {
    title: "Expression expected",
    explanation: "Only an expression between `{%` and `%}` makes sense here.",
    example: { steps: "- id: first\n  if: $input.ready\n  set: 1\n" },
  },
  ESP215: {
    title: "Text and expression mixed",
    explanation:
      "As in Step Functions, a string is either wholly an expression or wholly text. Join text inside of the expression with `&`.",
    example: { steps: '- id: greeting\n  set: "Hello {% $input.name %}"\n' },
  },
  ESP216: {
    title: "Case that is never reached",
    explanation: "`otherwise` stands once, and last.",
    example: {
      steps:
        '- id: way\n  switch:\n    - otherwise: [{ id: a, set: 1 }]\n    - when: "{% $input.b %}"\n      steps: [{ id: b, set: 2 }]\n',
    },
  },
} as const satisfies Record<string, Code>;
