/** What a planned function may do, and nothing else; lib/constructs/README.md has the table. */
import { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Permission, PlannedFunction } from "../../compiler/plan.ts";
import { OBJECTS, PARTITIONS } from "../../runtime/deployed.ts";
import { isEffectful } from "../../runtime/effect.ts";
import { acknowledgeWildcard } from "../acknowledge.ts";
import * as grants from "../grants.ts";
import type { KitFunction } from "../kit-function.ts";
import type { Platform } from "../platform/platform.ts";
import type { ModelParts } from "./model-parts.ts";

export interface GrantedParts {
  readonly platform: Platform;
  /** Of a model or an agent. */
  readonly model?: ModelParts | undefined;
  /** ARN of the secret with the key of an MCP server. */
  readonly secret?: string | undefined;
  /** Of an agent: the functions of its tools. */
  readonly tools?: readonly KitFunction[];
}

export function grantPlanned(made: KitFunction, planned: PlannedFunction, parts: GrantedParts) {
  const { platform, model, tools = [] } = parts;
  const secret = parts.secret ?? model?.secret;
  const bedrock = model?.asksBedrock ? bedrockPermissions(made, planned, platform) : [];
  made.allow(
    ...ownPermissions(planned).map(statementOf),
    ...bedrock.map(statementOf),
    ...tools.map(({ function: tool }) => invoke(`${tool.functionArn}:*`)),
    ...(secret === undefined ? [] : [readSecret(secret)]),
    grants.artifacts(platform.runs),
    ...itemsOf(planned, platform),
    ...grants.useKey(platform.encryptionKey),
  );
  acknowledgeWildcard(
    made.role,
    platform.runs.arnForObjects(`${OBJECTS.artifacts}*`),
    "artifacts are named by their content, which is known only when it is there",
  );
  for (const { function: tool } of tools) {
    acknowledgeWildcard(
      made.role,
      `${tool.functionArn}:*`,
      "an agent in flight calls the versions of its tools that it began with",
    );
  }
  for (const resource of bedrock.flatMap(({ resources }) => resources)) {
    if (!resource.includes("*")) continue;
    acknowledgeWildcard(
      made.role,
      resource,
      "one model, in whichever region its inference profile goes to. `resources` of the model component narrows it",
    );
  }
}

/** What a model component says of Bedrock is no permission of the bundle's own code. */
function ownPermissions({ permissions, kind }: PlannedFunction): readonly Permission[] {
  return kind === "agent" || kind === "model" ? [] : permissions;
}

const ANYWHERE = "arn:aws:bedrock:*:*:";
const ANY_REGION = "arn:aws:bedrock:*::";

/**
 * As the model component writes them. What the compiler derived from an id is narrowed to the region
 * that is asked, and to this account; a model behind an inference profile may answer in any region.
 */
function bedrockPermissions(
  scope: Construct,
  { permissions }: PlannedFunction,
  { models }: Platform,
): readonly Permission[] {
  const { partition, account, region } = Stack.of(scope);
  const asked = (models.adapter === "bedrock" ? models.region : undefined) ?? region;
  const hasProfile = permissions.some(({ resources }) =>
    resources.some((resource) => resource.includes("inference-profile/")),
  );
  const narrow = (resource: string): string => {
    if (resource.startsWith(ANYWHERE)) {
      return `arn:${partition}:bedrock:${asked}:${account}:${resource.slice(ANYWHERE.length)}`;
    }
    if (!hasProfile && resource.startsWith(ANY_REGION)) {
      return `arn:${partition}:bedrock:${asked}::${resource.slice(ANY_REGION.length)}`;
    }
    return resource;
  };
  return permissions.map(({ actions, resources }) => ({
    actions,
    resources: resources.map(narrow),
  }));
}

function itemsOf(planned: PlannedFunction, { table }: Platform): readonly PolicyStatement[] {
  const { effect, answer, budget, journal, memory, model, rate, switch: off } = PARTITIONS;
  switch (planned.kind) {
    case "task":
    case "tool":
    case "mcp":
      return isEffectful(planned.effect) ? [grants.items(table, [effect])] : [];
    case "agent":
      // A journal is never changed: what is in it stays.
      return [
        grants.itemsFor(table, ["GetItem", "PutItem"], [budget, rate]),
        grants.itemsFor(table, ["Query", "PutItem"], [journal]),
        grants.itemsFor(table, ["Query"], [off]),
      ];
    case "model":
      return [
        grants.itemsFor(table, ["GetItem", "PutItem"], [answer, budget]),
        grants.itemsFor(table, ["Query", "PutItem"], [model]),
      ];
    case "memory":
      return planned.document.operation === "read"
        ? [grants.itemsFor(table, ["GetItem"], [memory])]
        : [grants.itemsFor(table, ["GetItem", "PutItem"], [memory])];
    case "retrieve":
    case "prompt":
      return [];
    default:
      return planned satisfies never;
  }
}

function statementOf({ actions, resources }: Permission): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [...resources] });
}

function invoke(resource: string): PolicyStatement {
  return new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [resource] });
}

function readSecret(arn: string): PolicyStatement {
  return new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [arn] });
}
