import type { Code } from "./code.ts";

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
} as const satisfies Record<string, Code>;
