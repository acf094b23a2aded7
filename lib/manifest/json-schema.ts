/** The grammar as JSON Schema, for editors: derived from the zod schemas, never written by hand. */
import { z } from "zod";
import { AgentFile } from "./agent/agent-file.ts";
import { ApprovalPolicy } from "./approval-policy.ts";
import { ComponentFile } from "./components/component-file.ts";
import { KnowledgeFile } from "./components/knowledge-file.ts";
import { MemoryFile } from "./components/memory-file.ts";
import { ModelFile } from "./components/model-file.ts";
import { ToolsetFile } from "./components/toolset-file.ts";
import { Environment } from "./environment/environment.ts";
import { Manifest } from "./manifest.ts";
import { ScenarioFile } from "./scenario/scenario-file.ts";
import { SuiteFile } from "./scenario/suite-file.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** JSON Schema 2020-12 of `workflow.yaml`. */
export function manifestSchema(): JsonSchema {
  return editorSchema(Manifest, "Espalier workflow, espalier/v1");
}

/** JSON Schema 2020-12 of `approvals/NAME.yaml`. */
export function approvalPolicySchema(): JsonSchema {
  return editorSchema(ApprovalPolicy, "Espalier approval policy");
}

/** JSON Schema 2020-12 of `component.yaml`. */
export function componentSchema(): JsonSchema {
  // Not `editorSchema`: here `kind` is what people write.
  const json = z.toJSONSchema(ComponentFile, { io: "input" });
  return { $schema: DRAFT, title: "Espalier component, espalier/v1", ...json };
}

/** JSON Schema 2020-12 of `environments/NAME.yaml`. */
export function environmentSchema(): JsonSchema {
  return editorSchema(Environment, "Espalier environment");
}

/** JSON Schema 2020-12 of `scenarios/CASE/scenario.yaml`. */
export function scenarioSchema(): JsonSchema {
  return editorSchema(ScenarioFile, "Espalier scenario, espalier/v1");
}

/** JSON Schema 2020-12 of `scenarios/suite.yaml`. */
export function suiteSchema(): JsonSchema {
  return editorSchema(SuiteFile, "Espalier suite of scenarios, espalier/v1");
}

/** JSON Schema 2020-12 of `agents/NAME.yaml`. */
export function agentSchema(): JsonSchema {
  return editorSchema(AgentFile, "Espalier agent, espalier/v1");
}

/** JSON Schema 2020-12 of the files of components that models and agents use, by kind. */
export function componentFileSchemas(): Readonly<Record<string, JsonSchema>> {
  return {
    model: editorSchema(ModelFile, "Espalier model"),
    toolset: editorSchema(ToolsetFile, "Espalier toolset"),
    knowledge: editorSchema(KnowledgeFile, "Espalier knowledge"),
    memory: editorSchema(MemoryFile, "Espalier memory policy"),
  };
}

function editorSchema(schema: z.ZodType, title: string): JsonSchema {
  const json = z.toJSONSchema(schema, {
    io: "input",
    // Any JSON is possible where a value may hold expressions.
    unrepresentable: "any",
    override: ({ jsonSchema }) => dropKind(jsonSchema),
  });
  return { $schema: DRAFT, title, ...json };
}

/** `kind` is what the loader adds: in a file, the key that names the kind says as much. */
function dropKind(schema: JsonSchema): void {
  if (schema.properties?.kind === undefined) return;
  const { kind, ...properties } = schema.properties;
  schema.properties = properties;
  schema.required = schema.required?.filter((key) => key !== "kind") ?? [];
}
