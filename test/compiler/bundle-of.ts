/** Bundles for tests of the compiler: a manifest in text, everything else plain data. */
import type { Bundle, HandlerContract } from "../../lib/bundle/bundle.ts";
import { type Compiled, compile } from "../../lib/compiler/index.ts";
import { ApprovalPolicy } from "../../lib/manifest/approval-policy.ts";
import { parseManifest } from "../../lib/manifest/load-manifest.ts";
import { parseYaml } from "../../lib/manifest/yaml.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";

import { agentsOf, componentsOf, type Documents, promptsOf, TOOL_HANDLERS } from "./agent-parts.ts";
import { policyOf } from "./policies.ts";

export const TODAY = "2026-11-21";

const HEAD = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
owners: { business: legal@example.com, platform: platform@example.com, risk: risk@example.com }
`;

export interface BundleParts {
  readonly input?: JsonObject;
  readonly output?: JsonObject;
  /** By step id. */
  readonly handlers?: Readonly<Record<string, Partial<HandlerContract>>>;
  /** Files of agents and prompts, by path, instead of those made up by name. */
  readonly texts?: Documents;
  /** Documents of components, by `CATEGORY.ALIAS`. */
  readonly documents?: Documents;
  /** Texts of approval policies, by path, instead of those made up by name. */
  readonly policies?: Documents;
  /** Contracts in files, by path. */
  readonly schemas?: Readonly<Record<string, JsonObject>>;
  /** Keys of the manifest beside its steps. */
  readonly keys?: string;
}

/** A bundle whose manifest has these steps; every approval it names has the same policy. */
export function bundleOf(steps: string, parts: BundleParts = {}): Bundle {
  return bundleOfManifest(`${HEAD}${parts.keys ?? ""}steps:\n${indent(steps)}`, parts);
}

export function bundleOfManifest(text: string, parts: BundleParts = {}): Bundle {
  const { manifest, source, diagnostics } = parseManifest(text, "workflow.yaml");
  if (manifest === undefined || source === undefined) {
    throw new Error(diagnostics.map((one) => `${one.place?.line}: ${one.message}`).join("\n"));
  }
  const handlers = Object.entries(parts.handlers ?? {}).map(
    ([id, { input = {}, output = {} }]) => [id, { input, output }] as const,
  );
  const agents = agentsOf(text, parts.texts);
  const named = [text, ...[...agents.values()].map(({ source }) => source.text)].join("\n");
  const policies = [...named.matchAll(/approvals\/([\w-]+)\.yaml/g)].map(
    ([path, name]) => [path, policyAt(path, name ?? "", parts.policies)] as const,
  );
  return {
    name: manifest.workflow,
    folder: "bundles/example",
    manifest,
    source,
    contracts: { input: parts.input ?? true, output: parts.output ?? true },
    handlers: new Map(handlers),
    approvals: new Map(policies),
    agents,
    prompts: promptsOf(text, parts.texts),
    schemas: new Map(Object.entries(parts.schemas ?? {})),
    components: componentsOf(parts.documents),
    componentHandlers: TOOL_HANDLERS,
    code: new Map(),
    files: new Map(),
    sources: new Map(
      Object.entries(parts.policies ?? {}).map(([path, text]) => [path, Buffer.from(text)]),
    ),
    digest: `sha256:${"0".repeat(64)}`,
  };
}

function policyAt(path: string, name: string, texts: Documents = {}): ApprovalPolicy {
  const text = texts[path];
  return text === undefined ? policyOf(name) : ApprovalPolicy.parse(parseYaml(text, path).value);
}

export const compileSteps = (steps: string, parts: BundleParts = {}): Compiled =>
  compile(bundleOf(steps, parts), { today: TODAY });

/** The definition; throws with every finding if there is none. */
export function definitionOf(bundle: Bundle): JsonObject {
  const { plan, diagnostics } = compile(bundle, { today: TODAY });
  if (plan) return plan.definition;
  throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
}

/** Findings as `LINE CODE «text at the place» message`; lines count within the steps. */
export function findingsIn(steps: string, parts: BundleParts = {}): readonly string[] {
  const bundle = bundleOf(steps, parts);
  const lines = bundle.source.text.split("\n");
  const first = lines.indexOf("steps:") + 1;
  return compile(bundle, { today: TODAY }).diagnostics.map(({ code, message, place }) => {
    const line = place?.line ?? 0;
    const text = (lines[line - 1] ?? "").slice(
      (place?.column ?? 1) - 1,
      (place?.endColumn ?? 1) - 1,
    );
    return `${line - first} ${code} «${text}» ${message}`;
  });
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, "  ");
