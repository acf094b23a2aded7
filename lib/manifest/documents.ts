/** What under `docs/` is written from the code: path → text. `npm run docs` writes it, a test compares. */
import { diagnosticsDocument } from "./diagnostics-document.ts";
import {
  agentSchema,
  approvalPolicySchema,
  componentFileSchemas,
  componentSchema,
  environmentSchema,
  manifestSchema,
  scenarioSchema,
  suiteSchema,
} from "./json-schema.ts";

export function generatedDocuments(): ReadonlyMap<string, string> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ["docs/diagnostics.md", diagnosticsDocument()],
    ["docs/schema/workflow.v1.json", json(manifestSchema())],
    ["docs/schema/approval.v1.json", json(approvalPolicySchema())],
    ["docs/schema/component.v1.json", json(componentSchema())],
    ["docs/schema/environment.v1.json", json(environmentSchema())],
    ["docs/schema/agent.v1.json", json(agentSchema())],
    ["docs/schema/scenario.v1.json", json(scenarioSchema())],
    ["docs/schema/suite.v1.json", json(suiteSchema())],
    ...Object.entries(componentFileSchemas()).map(
      ([kind, schema]) => [`docs/schema/${kind}.v1.json`, json(schema)] as const,
    ),
  ]);
}
