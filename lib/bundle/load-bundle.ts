/** From a folder to a bundle: everything read, checked, compiled and digested. */
import { realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { loadAgent } from "../manifest/agent/load-agent.ts";
import type { ApprovalPolicy } from "../manifest/approval-policy.ts";
import type { Category } from "../manifest/components/kinds.ts";
import { unknownAlias } from "../manifest/components/unknown-alias.ts";
import type { Uses } from "../manifest/components/uses.ts";
import { checkContract, loadContract } from "../manifest/contract.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import {
  emptyEnvironment,
  LOCAL_ENVIRONMENT,
  type LoadedEnvironment,
} from "../manifest/environment/load-environments.ts";
import { isAlias } from "../manifest/file-or-alias.ts";
import { inOrder } from "../manifest/grammar.ts";
import { loadApprovalPolicy } from "../manifest/load-approval-policy.ts";
import { loadManifest } from "../manifest/load-manifest.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { readPromptReference } from "../manifest/prompt-reference.ts";
import { displayPath, readSource, reasonOf } from "../manifest/read-source.ts";
import { type Reference, referencesOfAgent, unique } from "../manifest/references.ts";
import type { Path, SourceMap } from "../manifest/source.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { PromptDocument } from "../runtime/prompt/prompt-document.ts";
import type { Bundle, BundleAgent, CompiledCode, HandlerContract } from "./bundle.ts";
import { chunksPath } from "./chunks-path.ts";
import { type CodeEntry, compileCode } from "./compile-code.ts";
import {
  COMPONENTS_FOLDER,
  type ComponentOf,
  type Components,
  componentFiles,
  componentOf,
  componentPath,
} from "./component.ts";
import { componentAgent } from "./component-agent.ts";
import { cutKnowledge } from "./cut-knowledge.ts";
import { digestOf } from "./digest.ts";
import { MANIFEST_FILE } from "./find-bundles.ts";
import { ownHome, sharedHome } from "./find-component.ts";
import { handlersByStep } from "./handlers-by-step.ts";
import { findInside } from "./inside.ts";
import { loadComponents } from "./load-components.ts";
import { componentPrompt, type LoadedPrompt, otherPrompts, readPrompt } from "./load-prompts.ts";
import { parseLock } from "./lock/lock.ts";
import { lockedVersions, type Update } from "./lock/locked-versions.ts";
import { readLockText } from "./lock/stale-lock.ts";
import { type ReadContractsOptions, readContracts } from "./read-contracts.ts";
import { readBundleFile } from "./read-files.ts";
import { findingsAbout, type UsedAsStandIn } from "./refused-handler.ts";

export interface LoadedBundle {
  /**
   * Absent if the manifest has errors. Where only what it names has (a contract, a policy, code), the
   * bundle lacks just that: good for looking for more findings, not for running.
   */
  readonly bundle?: Bundle;
  /** Every finding, the manifest's first. Places are relative to the working folder. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface LoadBundleOptions extends ReadContractsOptions {
  /** Resolves the manifest's bindings; without one, nothing is bound. */
  readonly environment?: LoadedEnvironment;
  /** Components that the bundle's lock does not hold to a version; without it, the lock wins. */
  readonly update?: Update | undefined;
}

/** Where the environments of a bundle lie: beside it. */
export function environmentsBeside(folder: string): string {
  return join(dirname(resolve(folder)), "environments");
}

/**
 * Loads the bundle in `folder`. Never throws for what the folder holds; the code of handlers runs
 * only as far as their top level, in a thread of its own, for at most `timeout` milliseconds each.
 */
export async function loadBundle(
  folder: string,
  options: LoadBundleOptions = {},
): Promise<LoadedBundle> {
  const shown = displayPath(resolve(folder));
  let root: string;
  try {
    root = realpathSync(folder);
    if (!statSync(root).isDirectory()) return noBundle(shown, "it is no folder");
    statSync(join(root, MANIFEST_FILE));
  } catch (error) {
    const reason = reasonOf(error);
    return noBundle(shown, reason.startsWith("there is no") ? undefined : reason);
  }
  const manifestFile = `${shown}/${MANIFEST_FILE}`;
  const { manifest, source, references, uses, diagnostics } = loadManifest(
    join(root, MANIFEST_FILE),
    manifestFile,
  );
  if (source === undefined) return { diagnostics };
  return new Loading(root, folder, shown, source, diagnostics).load(
    manifest,
    references,
    uses,
    options,
  );
}

function noBundle(shown: string, reason?: string): LoadedBundle {
  const what = reason ?? `it does not exist, or has no ${MANIFEST_FILE}`;
  return {
    diagnostics: [
      {
        code: "ESP701",
        severity: "error",
        message: `there is no bundle in ${shown}: ${what}`,
        hint: `A bundle is a folder with a ${MANIFEST_FILE}.`,
      },
    ],
  };
}

interface Home {
  /** Real path. */
  readonly root: string;
  /** As people type it. */
  readonly shown: string;
  /** From there. */
  readonly path: string;
}

/** One bundle on its way from files to a value. */
class Loading {
  private readonly root: string;
  private readonly folder: string;
  private readonly shown: string;
  private readonly source: SourceMap;
  private readonly diagnostics: Diagnostic[];
  /** Files of handlers as people type them, by entry. */
  private readonly shownEntries = new Map<string, string>();
  /** Agents that are components, by where their parts stand. */
  private readonly componentAgents = new Map<SourceMap, ComponentOf<"agents">>();
  private uses: Uses = {};
  /** What the digest is made of. */
  private readonly parts = new Map<string, Uint8Array | string>();

  constructor(
    root: string,
    folder: string,
    shown: string,
    source: SourceMap,
    diagnostics: readonly Diagnostic[],
  ) {
    this.root = root;
    this.folder = folder;
    this.shown = shown;
    this.source = source;
    this.diagnostics = [...diagnostics];
    this.parts.set(MANIFEST_FILE, source.text);
  }

  async load(
    manifest: Manifest | undefined,
    references: readonly Reference[],
    uses: Uses,
    options: LoadBundleOptions,
  ): Promise<LoadedBundle> {
    this.uses = uses;
    const { components, entries } = this.components(uses, options);
    const agents = this.agents(
      references.filter(({ kind }) => kind === "agent"),
      components,
    );
    const all = [
      ...references,
      ...[...agents.values()].flatMap(({ file, source }) => referencesOfAgent(file, source)),
    ];
    this.reserved(all);
    const files = this.files(all.filter(({ kind }) => kind === "file"));
    const approvals = this.approvals(
      all.filter(({ kind }) => kind === "approval"),
      components,
    );
    const contracts = this.contracts(all.filter(({ kind }) => kind === "contract"));
    const prompts = this.prompts(
      all.filter(({ kind }) => kind === "prompt"),
      components,
    );
    const config = this.config(manifest, components);
    const inline = manifest && {
      input: this.contract(manifest, "input", contracts),
      output: this.contract(manifest, "output", contracts),
    };
    const sources = new Map([...this.parts].map(([path, bytes]) => [path, Buffer.from(bytes)]));
    const steps = new Set(all.flatMap(({ kind, path }) => (kind === "code" ? [path] : [])));
    const standIns = new Map(
      all.flatMap(({ kind, path }) =>
        kind === "stand-in" ? [[path, steps.has(path) ? "step too" : "only"] as const] : [],
      ),
    );
    const own = this.entries(all.filter(({ kind }) => kind === "code" || kind === "stand-in"));
    const code = await this.code([...own, ...entries]);
    const handlers = await this.handlers(code, standIns, options);

    const diagnostics = inOrder(this.diagnostics);
    if (manifest === undefined || inline === undefined) return { diagnostics };
    return {
      bundle: {
        name: manifest.workflow,
        folder: this.folder,
        manifest: { ...manifest, config },
        source: this.source,
        contracts: inline,
        handlers: handlersByStep(manifest.steps, handlers),
        approvals,
        agents,
        prompts,
        schemas: contracts,
        components,
        componentHandlers: new Map(
          [...handlers].filter(([path]) => entries.some(({ entry }) => entry === path)),
        ),
        code,
        files,
        sources,
        digest: digestOf(this.parts),
      },
      diagnostics,
    };
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

  private agents(
    references: readonly Reference[],
    components: Components,
  ): Map<string, BundleAgent> {
    const agents = new Map<string, BundleAgent>();
    for (const reference of unique(references)) {
      if (isAlias(reference.path)) {
        const component = this.named(components, "agents", reference);
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
    components: Components,
    category: C,
    { path: alias, at, source }: Reference,
  ): ComponentOf<C> | undefined {
    const component = componentOf(components, category, alias);
    if (component) return component;
    const known = Object.keys(this.uses[category] ?? {});
    if (!known.includes(alias)) {
      const { code, message, hint } = unknownAlias(category, alias, known);
      this.find(code, at, message, hint, source);
    }
    return undefined;
  }

  /** By reference; those of components that are not there are left to the compiler. */
  private prompts(
    references: readonly Reference[],
    components: Components,
  ): Map<string, PromptDocument> {
    const prompts = new Map<string, PromptDocument>();
    for (const reference of unique(references)) {
      const loaded = this.prompt(reference, components);
      this.diagnostics.push(...(loaded?.diagnostics ?? []));
      if (loaded?.prompt) prompts.set(reference.path, loaded.prompt);
    }
    return prompts;
  }

  private prompt(reference: Reference, components: Components): LoadedPrompt | undefined {
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
    const component = componentOf(components, "prompts", alias);
    if (component === undefined) return undefined;
    const loaded = componentPrompt(component, path);
    if (loaded === undefined) {
      const { at, source } = reference;
      const message = `the component "${component.name}" has no prompt "${path}"`;
      this.find("ESP703", at, message, otherPrompts(component, path), source);
    }
    return loaded;
  }

  private files(references: readonly Reference[]): Map<string, Uint8Array> {
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

  private approvals(
    references: readonly Reference[],
    components: Components,
  ): Map<string, ApprovalPolicy> {
    const approvals = new Map<string, ApprovalPolicy>();
    for (const reference of unique(references)) {
      if (isAlias(reference.path)) {
        const document = this.named(components, "approvals", reference)?.document;
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

  private contracts(references: readonly Reference[]): Map<string, JsonObject> {
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

  private contract(
    manifest: Manifest,
    side: "input" | "output",
    files: ReadonlyMap<string, JsonObject>,
  ): JsonObject | true {
    const written = manifest[side];
    if (written === undefined) return true;
    if (typeof written === "string") return files.get(written) ?? true;
    this.diagnostics.push(...checkContract(written, this.source, [side]));
    return written;
  }

  /** What `$config` holds: the manifest's own, and each configuration that it uses by its alias. */
  private config(manifest: Manifest | undefined, components: Components): Manifest["config"] {
    const config = { ...manifest?.config };
    for (const { category, alias, document } of components.values()) {
      if (category !== "config") continue;
      if (Object.hasOwn(config, alias)) {
        const hint = "Give the component another alias, or leave out the key under config.";
        this.find("ESP814", ["config", alias], `$config.${alias} is said twice`, hint);
      }
      config[alias] = document as Json;
    }
    return config;
  }

  /** Files of components have such paths in the digest and in snapshots. */
  private reserved(references: readonly Reference[]): void {
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

  private components(
    uses: Uses,
    { environment, update }: LoadBundleOptions,
  ): { readonly components: Components; readonly entries: readonly CodeEntry[] } {
    const { components, entries, diagnostics } = loadComponents(uses, {
      homes: [ownHome(this.root, this.shown), sharedHome(dirname(resolve(this.folder)))],
      locked: lockedVersions(parseLock(readLockText(this.root) ?? ""), update),
      environment:
        environment ?? emptyEnvironment(LOCAL_ENVIRONMENT, environmentsBeside(this.folder)),
      source: this.source,
    });
    this.diagnostics.push(...diagnostics);
    for (const [path, bytes] of componentFiles(components)) this.parts.set(path, bytes);
    for (const component of components.values()) {
      if (component.category !== "knowledge") continue;
      const cut = cutKnowledge(component);
      this.diagnostics.push(...cut.diagnostics);
      this.parts.set(chunksPath(component.alias), `${JSON.stringify(cut.chunks)}\n`);
    }
    return { components, entries };
  }

  private entries(references: readonly Reference[]): readonly CodeEntry[] {
    return unique(references)
      .filter((reference) => this.locate(reference) !== undefined)
      .map((reference) => ({
        entry: reference.path,
        path: this.homeOf(reference).path,
        folder: this.homeOf(reference).root,
        shown: this.shownFile(reference),
      }));
  }

  private async code(entries: readonly CodeEntry[]): Promise<ReadonlyMap<string, CompiledCode>> {
    for (const { entry, shown } of entries) this.shownEntries.set(entry, shown);
    const { code, diagnostics } = await compileCode(this.root, this.shown, entries);
    this.diagnostics.push(...diagnostics);
    for (const [entry, { js }] of code) this.parts.set(`compiled:${entry}`, js);
    return code;
  }

  private async handlers(
    code: ReadonlyMap<string, CompiledCode>,
    standIns: ReadonlyMap<string, UsedAsStandIn>,
    options: ReadContractsOptions,
  ): Promise<ReadonlyMap<string, HandlerContract>> {
    const handlers = new Map<string, HandlerContract>();
    for (const [entry, inspected] of await readContracts(code, options)) {
      if (inspected.type === "contract") handlers.set(entry, inspected.contract);
      const file = this.shownEntries.get(entry) ?? entry;
      this.diagnostics.push(...findingsAbout(inspected, file, standIns.get(entry)));
    }
    return handlers;
  }
}
