/** From a model component to what functions get of it. */
import type { ComponentOf } from "../../bundle/component.ts";
import type { ModelFile } from "../../manifest/components/model-file.ts";
import { NO_CURRENCY } from "../../runtime/model/cost.ts";
import type { ModelDocument } from "../../runtime/model/model.ts";
import type { Permission } from "../plan.ts";
import type { At, Finder } from "./finder.ts";
import type { ResolvedModel } from "./resolution.ts";

export interface NamedModel {
  readonly model: string;
  readonly guardrail?: string | undefined;
}

/** `at`: where a key of what names the model stands. A guardrail that is named replaces the model's. */
export function resolveModel(
  { model: alias, guardrail }: NamedModel,
  at: (key: keyof NamedModel) => At,
  finder: Finder,
): ResolvedModel | undefined {
  const component = finder.component("models", alias, at("model"));
  const own =
    guardrail === undefined
      ? undefined
      : finder.component("guardrails", guardrail, at("guardrail"))?.document;
  if (!component?.document || (guardrail !== undefined && !own)) return undefined;
  const file = { ...component.document, ...(own && { guardrail: own }) };
  return {
    document: documentOf(component, file),
    priced: file.prices !== undefined,
    permissions: permissionsOf(file),
  };
}

function documentOf({ name, version }: ComponentOf<"models">, file: ModelFile): ModelDocument {
  const { ids, temperature, topP, guardrail, parameters } = file;
  return {
    component: name,
    version,
    ids: {
      ...(ids.bedrock !== undefined && { bedrock: ids.bedrock }),
      ...(ids.openai !== undefined && { openai: ids.openai }),
    },
    maxOutputTokens: file.maxOutputTokens,
    contextTokens: file.contextTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    structuredOutput: file.structuredOutput,
    prices: pricesOf(file),
    clearance: file.clearance,
    ...(guardrail && { guardrail }),
    timeout: file.timeout,
    ...(parameters && { parameters }),
  };
}

/** Millionths of the currency for a million tokens. */
function pricesOf({ prices }: ModelFile): ModelDocument["prices"] {
  if (!prices) {
    return { currency: NO_CURRENCY, input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  }
  const { currency, per, input, output, cacheRead = input, cacheWrite = input } = prices;
  const scaled = (price: number) => Math.round((price * 1_000_000 * 1_000_000) / per);
  return {
    currency,
    input: scaled(input),
    output: scaled(output),
    cacheRead: scaled(cacheRead),
    cacheWrite: scaled(cacheWrite),
  };
}

/**
 * An id such as `eu.anthropic.…` is an inference profile: calling it takes leave for the profile and
 * for the model in each of its regions.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
 */
const PROFILE = /^(?:us|us-gov|eu|apac|jp|au|ca|sa|global)\.(.+)$/;

function permissionsOf({ ids, resources, guardrail }: ModelFile): readonly Permission[] {
  const { bedrock } = ids;
  if (bedrock === undefined) return [];
  return [
    { actions: ["bedrock:InvokeModel"], resources: resources ?? resourcesOf(bedrock) },
    ...(guardrail
      ? [{ actions: ["bedrock:ApplyGuardrail"], resources: [guardrailArn(guardrail.id)] }]
      : []),
  ];
}

function resourcesOf(id: string): readonly string[] {
  if (id.startsWith("arn:")) return [id];
  const model = PROFILE.exec(id)?.[1];
  return model === undefined
    ? [`arn:aws:bedrock:*::foundation-model/${id}`]
    : [
        `arn:aws:bedrock:*:*:inference-profile/${id}`,
        `arn:aws:bedrock:*::foundation-model/${model}`,
      ];
}

function guardrailArn(id: string): string {
  return id.startsWith("arn:") ? id : `arn:aws:bedrock:*:*:guardrail/${id}`;
}
