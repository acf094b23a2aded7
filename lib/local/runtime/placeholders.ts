/** What the placeholders of a plan's definition stand for on one machine. */
import type { Plan } from "../../compiler/plan.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { hexOf } from "./bundle-store.ts";

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";
export const ENVIRONMENT = "local";
export const EVENT_BUS = "espalier";

const FUNCTION_PREFIX = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:`;

/** The platform's own function behind every approval step. */
export const APPROVAL_FUNCTION = `${FUNCTION_PREFIX}espalier-approval`;

/** Qualified by the bundle's digest, so that a run in flight goes on with the code it began with. */
export function functionArn(workflow: string, step: string, digest: string): string {
  return `${FUNCTION_PREFIX}${workflow}-${step}:${hexOf(digest)}`;
}

export function machineArn(workflow: string): string {
  return `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${workflow}`;
}

export function executionArn(workflow: string, run: string): string {
  return `arn:aws:states:${REGION}:${ACCOUNT}:execution:${workflow}:${run}`;
}

/** The definition with its placeholders filled in. A `${…}` that is none of them stays as it is. */
export function localDefinition(plan: Plan, digest: string): JsonObject {
  const values = new Map<string, string>([
    ["function_espalier_approval", APPROVAL_FUNCTION],
    ["event_bus", EVENT_BUS],
    ["bundle_digest", digest],
    ["environment", ENVIRONMENT],
  ]);
  for (const { name } of plan.functions) {
    values.set(`function_${name}`, functionArn(plan.workflow, name, digest));
  }
  for (const name of plan.workflows) {
    values.set(`workflow_${name.replaceAll("-", "_")}`, machineArn(name));
  }
  const fill = (value: Json): Json => {
    if (typeof value === "string") {
      return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value === "object" && value !== null) return fillObject(value);
    return value;
  };
  const fillObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, fill(value)]));
  const { Comment: comment, ...definition } = plan.definition;
  const said = typeof comment === "string" ? comment : plan.workflow;
  return { Comment: `${said} (bundle ${digest})`, ...fillObject(definition) };
}

/**
 * The bundle that a machine's definition was made of; undefined for one that no bundle has made.
 * An execution keeps its definition, so this tells what a run runs, whatever was deployed since.
 */
export function digestOf(definition: JsonObject): string | undefined {
  const { Comment: comment } = definition;
  if (typeof comment !== "string") return undefined;
  return /\(bundle (sha256:[0-9a-f]{64})\)$/.exec(comment)?.[1];
}
