import type { Code } from "./code.ts";

const STRICT = {
  "code/strict.ts":
    'import { step } from "espalier";\nimport { z } from "zod";\n\nexport default step({\n  input: z.strictObject({ list: z.array(z.string()) }),\n  output: z.strictObject({ total: z.number() }),\n  async run(input) {\n    return { total: input.list.length };\n  },\n});\n',
};

/** ESP4xx: contracts. 401 to 409 are about the schemas themselves, the rest about how they meet. */
export const CONTRACT_CODES = {
  ESP401: {
    title: "No JSON Schema",
    explanation: "A contract is a JSON Schema 2020-12, and this one is not valid as such.",
    example: {
      keys: "input: contracts/request.yaml\n",
      files: { "contracts/request.yaml": "type: objekt\n" },
    },
  },
  ESP402: {
    title: "Contract refers to another document",
    explanation:
      "`$ref` may only point within its own file (`#/$defs/…`): a contract has to mean the same wherever the bundle is.",
    example: {
      keys: "input: contracts/request.yaml\n",
      files: { "contracts/request.yaml": "$ref: https://example.com/other.json\n" },
    },
  },
  ESP403: {
    title: "Handler's contract is no JSON Schema",
    explanation:
      "The zod schema of the handler's `input` or `output` cannot be written as JSON Schema: dates, maps, transformations, custom types. Describe what travels as JSON, and convert inside of `run`.",
    example: {
      steps: "- id: first\n  task: code/when.ts\n",
      files: {
        "code/when.ts":
          'import { step } from "espalier";\nimport { z } from "zod";\n\nexport default step({\n  input: z.object({ at: z.date() }),\n  output: z.object({}),\n  async run() {\n    return {};\n  },\n});\n',
      },
    },
  },
  ESP410: {
    title: "Required key missing",
    explanation:
      "The contract of the step (or of the workflow's output) requires a key that is not given.",
    example: { steps: "- id: first\n  task: code/strict.ts\n  with: {}\n", files: STRICT },
  },
  ESP411: {
    title: "Key that the contract does not have",
    explanation: "The contract allows no other keys than its own, and this is none of them.",
    example: {
      steps: "- id: first\n  task: code/strict.ts\n  with: { list: [a], lost: 1 }\n",
      files: STRICT,
    },
  },
  ESP412: {
    title: "Type that the contract does not take",
    explanation:
      "The value can never be what the contract asks for. Only what is sure is reported: expressions that compute are left to the check at run time.",
    example: {
      steps: "- id: first\n  task: code/strict.ts\n  with: { list: 3 }\n",
      files: STRICT,
    },
  },
  ESP413: {
    title: "Field that does not exist",
    explanation:
      "The contract of what is read has all of its fields listed, and this is none of them.",
    example: {
      steps:
        '- id: first\n  task: code/strict.ts\n  with: { list: [a] }\n- id: second\n  set: "{% $first.totl %}"\n',
      files: STRICT,
    },
  },
  ESP415: {
    title: "Filter where a list is needed",
    explanation:
      "In JSONata a filter with one match yields that match itself, with none nothing at all. Where the contract wants a list, write the filter in brackets: `[$list[price > 3]]`. A warning.",
    example: {
      steps:
        '- id: first\n  task: code/strict.ts\n  with: { list: "{% $input.names[$length($) > 3] %}" }\n',
      files: STRICT,
    },
  },
} as const satisfies Record<string, Code>;
