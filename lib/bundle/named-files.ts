/** The files that a manifest and its agents name: agents, prompts, policies, contracts, code, others. */
import { loadAgent } from "../manifest/agent/load-agent.ts";
import type { ApprovalPolicy } from "../manifest/approval-policy.ts";
import type { Category } from "../manifest/components/kinds.ts";
import { unknownAlias } from "../manifest/components/unknown-alias.ts";
import type { Uses } from "../manifest/components/uses.ts";
import { loadContract } from "../manifest/contract.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { isAlias } from "../manifest/file-or-alias.ts";
import { loadApprovalPolicy } from "../manifest/load-approval-policy.ts";
import { readPromptReference } from "../manifest/prompt-reference.ts";
import { readSource } from "../manifest/read-source.ts";
import { type Reference, unique } from "../manifest/references.ts";
import type { Path, SourceMap } from "../manifest/source.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { PromptDocument } from "../runtime/prompt/prompt-document.ts";
import type { BundleAgent } from "./bundle.ts";
import type { CodeEntry } from "./compile-code.ts";
import {
  COMPONENTS_FOLDER,
  type ComponentOf,
  type Components,
  componentOf,
  componentPath,
} from "./component.ts";
import { componentAgent } from "./component-agent.ts";
import { findInside } from "./inside.ts";
import { componentPrompt, type LoadedPrompt, otherPrompts, readPrompt } from "./load-prompts.ts";
import { readBundleFile } from "./read-files.ts";

interface Home {
  /** Real path. */
  readonly root: string;
  /** As people type it. */
  readonly shown: string;
  /** From there. */
  readonly path: string;
}

/** Reads what is named, and collects what the digest is made of, and findings. */
export class NamedFiles {
  /** By path in the bundle's snapshot. */
  readonly parts = new Map<string, Uint8Array | string>();
  readonly diagnostics: Diagnostic[] = [];
  private readonly root: string;
  private readonly shown: string;
  /** Of the manifest. */
  private readonly source: SourceMap;
  private readonly uses: Uses;
  private readonly components: Components;
  /** Agents that are components, by where their parts stand. */
  private readonly componentAgents = new Map<SourceMap, ComponentOf<"agents">>();

  /** `root`: real path of the bundle's folder; `shown`: as people type it. */
  constructor(root: string, shown: string, source: SourceMap, uses: Uses, components: Components) {
    this.root = root;
    this.shown = shown;
    this.source = source;
    this.uses = uses;
    this.components = components;
  }

  /** The folder that a path leads into: the bundle's, or that of the component whose agent says so. */
  private homeOf({ path, source }: Reference): Home {
    const component = source && this.componentAgents.get(source);
    if (!component) return { root: this.root, shown: this.shown, path };
    const { category, alias, root, folder } = component;
    return { root, shown: folder, path: path.slice(componentPath(category, alias, "").length) };
  }

  /** The real path of a file that the manifest or an agent names, or a finding at that name. */
  private locate(reference: Reference): string | undefined {
    const { at, source } = reference;
    const { root, path } = this.homeOf(reference);
    const inside = findInside(root, path);
    if (inside.path !== undefined) return inside.path;
    this.find(inside.code, at, `"${path}": ${inside.reason}`, inside.hint, source);
    return undefined;
  }

  /** As people type the file that is named. */
  private shownFile(reference: Reference): string {
    const { shown, path } = this.homeOf(reference);
    return `${shown}/${path}`;
  }

  agents(references: readonly Reference[]): Map<string, BundleAgent> {
    const agents = new Map<string, BundleAgent>();
    for (const reference of unique(references)) {
      if (isAlias(reference.path)) {
        const component = this.named("agents", reference);
        const loaded = component && componentAgent(component);
        this.diagnostics.push(...(loaded?.diagnostics ?? []));
        if (!component || !loaded?.agent) continue;
        this.componentAgents.set(loaded.agent.source, component);
        agents.set(reference.path, loaded.agent);
        continue;
      }
      const path = this.locate(reference);
      if (path === undefined) continue;
      const { agent, source, diagnostics } = loadAgent(path, `${this.shown}/${reference.path}`);
      this.diagnostics.push(...diagnostics);
      if (source) this.parts.set(reference.path, source.text);
      if (agent && source) agents.set(reference.path, { file: agent, source });
    }
    return agents;
  }

  /** The component that an alias names; undefined after a finding, here or where it was loaded. */
  private named<C extends Category>(
    category: C,
    { path: alias, at, source }: Reference,
  ): ComponentOf<C> | undefined {
    const component = componentOf(this.components, category, alias);
    if (component) return component;
    const known = Object.keys(this.uses[category] ?? {});
    if (!known.includes(alias)) {
      const { code, message, hint } = unknownAlias(category, alias, known);
      this.find(code, at, message, hint, source);
    }
    return undefined;
  }

  /** By reference; those of components that are not there are left to the compiler. */
  prompts(references: readonly Reference[]): Map<string, PromptDocument> {
    const prompts = new Map<string, PromptDocument>();
    for (const reference of unique(references)) {
      const loaded = this.prompt(reference);
      this.diagnostics.push(...(loaded?.diagnostics ?? []));
      if (loaded?.prompt) prompts.set(reference.path, loaded.prompt);
    }
    return prompts;
  }

  private prompt(reference: Reference): LoadedPrompt | undefined {
    const { alias, path } = readPromptReference(reference.path);
    if (alias === undefined) {
      const real = this.locate(reference);
      if (real === undefined) return undefined;
      const file = this.shownFile(reference);
      const read = readSource(real, file);
      if (read.text === undefined) return { diagnostics: [read.diagnostic] };
      this.parts.set(path, read.text);
      return readPrompt(read.text, path, file);
    }
    const component = componentOf(this.components, "prompts", alias);
    if (component === undefined) return undefined;
    const loaded = componentPrompt(component, path);
    if (loaded === undefined) {
      const { at, source } = reference;
      const message = `the component "${component.name}" has no prompt "${path}"`;
      this.find("ESP703", at, message, otherPrompts(component, path), source);
    }
    return loaded;
  }

  files(references: readonly Reference[]): Map<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    let used = 0;
    for (const { path, at } of unique(references)) {
      const read = readBundleFile(this.root, path, used);
      if (read.bytes === undefined) {
        this.find(read.code, at, read.message, read.hint);
        continue;
      }
      used += read.bytes.byteLength;
      files.set(path, read.bytes);
      this.parts.set(path, read.bytes);
    }
    return files;
  }

  approvals(references: readonly Reference[]): Map<string, ApprovalPolicy> {
    const approvals = new Map<string, ApprovalPolicy>();
    for (const reference of unique(references)) {
      if (isAlias(reference.path)) {
        const document = this.named("approvals", reference)?.document;
        if (document) approvals.set(reference.path, document);
        continue;
      }
      const path = this.locate(reference);
      if (path === undefined) continue;
      const { policy, text, diagnostics } = loadApprovalPolicy(path, this.shownFile(reference));
      this.diagnostics.push(...diagnostics);
      if (policy === undefined) continue;
      approvals.set(reference.path, policy);
      this.parts.set(reference.path, text ?? "");
    }
    return approvals;
  }

  contracts(references: readonly Reference[]): Map<string, JsonObject> {
    const contracts = new Map<string, JsonObject>();
    for (const reference of unique(references)) {
      const path = this.locate(reference);
      if (path === undefined) continue;
      const { schema, source, diagnostics } = loadContract(path, this.shownFile(reference));
      this.diagnostics.push(...diagnostics);
      if (schema === undefined) continue;
      contracts.set(reference.path, schema);
      this.parts.set(reference.path, source?.text ?? "");
    }
    return contracts;
  }

  /** Files of components have such paths in the digest and in snapshots. */
  reserved(references: readonly Reference[]): void {
    for (const { kind, path, at, source } of references) {
      if (!path.startsWith(`${COMPONENTS_FOLDER}/`)) continue;
      if (source && this.componentAgents.has(source)) continue;
      // A component of that very alias.
      if (kind === "prompt" && readPromptReference(path).alias !== undefined) continue;
      this.find(
        "ESP809",
        at,
        `"${path}" lies where the files of components are kept`,
        "Give the folder another name.",
        source,
      );
    }
  }

  entries(references: readonly Reference[]): readonly CodeEntry[] {
    return unique(references)
      .filter((reference) => this.locate(reference) !== undefined)
      .map((reference) => ({
        entry: reference.path,
        path: this.homeOf(reference).path,
        folder: this.homeOf(reference).root,
        shown: this.shownFile(reference),
      }));
  }

  private find(
    code: string,
    at: Path,
    message: string,
    hint?: string,
    source: SourceMap = this.source,
  ): void {
    const place = source.placeOf(at);
    this.diagnostics.push({ code, severity: "error", message, ...(hint ? { hint } : {}), place });
  }
}
