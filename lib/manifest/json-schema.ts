/** The grammar as JSON Schema, for editors: derived from the zod schemas, never written by hand. */
import { z } from "zod";
import { ApprovalPolicy } from "./approval-policy.ts";
import { Manifest } from "./manifest.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schema 2020-12 of `workflow.yaml`. */
export function manifestSchema(): JsonSchema {
  return editorSchema(Manifest, "Espalier workflow, espalier/v1");
}

/** JSON Schema 2020-12 of `approvals/NAME.yaml`. */
export function approvalPolicySchema(): JsonSchema {
  return editorSchema(ApprovalPolicy, "Espalier approval policy");
}

function editorSchema(schema: z.ZodType, title: string): JsonSchema {
  const json = z.toJSONSchema(schema, {
    io: "input",
    // Any JSON is possible where a value may hold expressions.
    unrepresentable: "any",
    override: ({ jsonSchema }) => dropKind(jsonSchema),
  });
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title, ...json };
}

/** `kind` is what the loader adds: in a file, the key that names the kind says as much. */
function dropKind(schema: JsonSchema): void {
  if (schema.properties?.kind === undefined) return;
  const { kind, ...properties } = schema.properties;
  schema.properties = properties;
  schema.required = schema.required?.filter((key) => key !== "kind") ?? [];
}
