/** Resolves every step that uses components, and reports what cannot be. */
import type { Bundle } from "../../bundle/bundle.ts";
import { chunksPath } from "../../bundle/chunks-path.ts";
import type {
  AgentStep,
  Manifest,
  MemoryStep,
  ModelStep,
  RetrieveStep,
} from "../../manifest/manifest.ts";
import type { Path } from "../../manifest/source.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { Report } from "../check/report.ts";
import type { Index } from "../index-steps.ts";
import { checkCost, resolveAgent } from "./agent.ts";
import { type At, Finder } from "./finder.ts";
import { resolveModel } from "./model.ts";
import type {
  Resolution,
  ResolvedAgent,
  ResolvedModel,
  ResolvedModelStep,
  ResolvedStep,
} from "./resolution.ts";

export function resolveSteps(bundle: Bundle, index: Index, report: Report): Resolution {
  const finder = new Finder(bundle, report);
  const agents = new Map<string, ResolvedAgent | undefined>();
  const agentOf = (path: string): ResolvedAgent | undefined => {
    const agent = bundle.agents.get(path);
    if (agent && !agents.has(path)) agents.set(path, resolveAgent(agent, finder));
    return agents.get(path);
  };
  const found = new Map<string, ResolvedStep>();
  for (const { step, path } of index.steps) {
    const at = (...more: Path): At => ({ source: bundle.source, path: [...path, ...more] });
    const resolved = ((): ResolvedStep | undefined => {
      switch (step.kind) {
        case "model":
          return modelStep(step, at, finder);
        case "agent":
          return agentStep(step, agentOf(step.agent), at, finder);
        case "retrieve":
          return retrieveStep(step, at, finder);
        case "memory":
          return memoryStep(step, at, finder);
        case "prompt": {
          const prompt = finder.prompt(step.prompt, at("prompt"));
          return prompt && { kind: "prompt", prompt };
        }
        default:
          return undefined;
      }
    })();
    if (resolved) found.set(step.id, resolved);
  }
  return found;
}

type Place = (...more: Path) => At;

function modelStep(step: ModelStep, at: Place, finder: Finder): ResolvedModelStep | undefined {
  const model = resolveModel(step, at, finder);
  const prompt = finder.prompt(step.prompt, at("prompt"));
  const place = at("output");
  const output = ((): JsonObject | null | undefined => {
    if (step.output === undefined) return null;
    return finder.sound(step.output, place)
      ? finder.objectSchema(step.output, "the answer", place)
      : undefined;
  })();
  if (model) {
    checkCosts(step, step.model, model, at, finder);
    const most = model.document.maxOutputTokens;
    if (step.maxTokens !== undefined && step.maxTokens > most) {
      finder.report.add(
        {
          code: "ESP859",
          message: `"${step.id}" asks for ${step.maxTokens} tokens, but the model "${step.model}" answers with ${most} at most`,
          hint: "Lower maxTokens, or use another model.",
        },
        finder.bundle.source.placeOf(at("maxTokens").path),
      );
    }
  }
  if (!model || !prompt || output === undefined) return undefined;
  const maxTokens = step.maxTokens ?? model.document.maxOutputTokens;
  return { kind: "model", model, prompt, output, maxTokens };
}

function agentStep(
  step: AgentStep,
  agent: ResolvedAgent | undefined,
  at: Place,
  finder: Finder,
): ResolvedAgent | undefined {
  if (agent) checkCosts(step, agent.agent.file.model, agent.model, at, finder);
  return agent;
}

/** Limits of the step, and of the run, that this model has to be counted against. */
function checkCosts(
  step: { readonly limits?: Manifest["limits"] | undefined },
  alias: string,
  { priced, document }: ResolvedModel,
  at: Place,
  finder: Finder,
): void {
  const { manifest, source } = finder.bundle;
  const { currency } = document.prices;
  const run = manifest.limits.cost;
  if (step.limits?.cost) {
    checkCost(step.limits.cost.currency, alias, priced, currency, at("limits", "cost"), finder);
  }
  if (run) {
    checkCost(run.currency, alias, priced, currency, { source, path: ["limits", "cost"] }, finder);
  }
}

function retrieveStep(step: RetrieveStep, at: Place, finder: Finder): ResolvedStep | undefined {
  const component = finder.component("knowledge", step.retrieve, at("retrieve"));
  if (!component?.document) return undefined;
  const { name, version, digest, alias, document } = component;
  return {
    kind: "retrieve",
    document: {
      knowledge: name,
      version,
      digest,
      chunks: chunksPath(alias),
      limit: document.limit,
    },
  };
}

function memoryStep(step: MemoryStep, at: Place, finder: Finder): ResolvedStep | undefined {
  const component = finder.component("memory", step.memory, at("memory"));
  if (!component?.document) return undefined;
  const { name, version, document } = component;
  const { workflow } = finder.bundle.manifest;
  const allowed = step.operation === "read" ? document.readers : document.writers;
  if (!allowed.includes(workflow)) {
    const role = step.operation === "read" ? "readers" : "writers";
    finder.report.add(
      {
        code: "ESP864",
        message: `the memory policy "${step.memory}" does not let "${workflow}" ${step.operation}`,
        hint: `Its ${role} are ${allowed.join(", ") || "nobody"}: whoever owns the policy can add this workflow.`,
      },
      finder.bundle.source.placeOf(at("operation").path),
    );
    return undefined;
  }
  const { scope, retention, readers, writers, maxBytes } = document;
  const { operation } = step;
  return {
    kind: "memory",
    document: { memory: name, version, operation, scope, retention, readers, writers, maxBytes },
  };
}
