/** From a folder to a bundle: everything read, checked, compiled and digested. */
import { realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Uses } from "../manifest/components/uses.ts";
import { checkContract } from "../manifest/contract.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import {
  emptyEnvironment,
  LOCAL_ENVIRONMENT,
  type LoadedEnvironment,
} from "../manifest/environment/load-environments.ts";
import { inOrder } from "../manifest/grammar.ts";
import { loadManifest } from "../manifest/load-manifest.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { displayPath, reasonOf } from "../manifest/read-source.ts";
import { type Reference, referencesOfAgent } from "../manifest/references.ts";
import type { SourceMap } from "../manifest/source.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { Bundle, CompiledCode, HandlerContract } from "./bundle.ts";
import { chunksPath } from "./chunks-path.ts";
import { type CodeEntry, compileCode } from "./compile-code.ts";
import { type Components, componentFiles } from "./component.ts";
import { cutKnowledge } from "./cut-knowledge.ts";
import { digestOf } from "./digest.ts";
import { MANIFEST_FILE } from "./find-bundles.ts";
import { ownHome, sharedHome } from "./find-component.ts";
import { handlersByStep } from "./handlers-by-step.ts";
import { loadComponents } from "./load-components.ts";
import { parseLock } from "./lock/lock.ts";
import { lockedVersions, type Update } from "./lock/locked-versions.ts";
import { readLockText } from "./lock/stale-lock.ts";
import { NamedFiles } from "./named-files.ts";
import { type ReadContractsOptions, readContracts } from "./read-contracts.ts";
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

/** One bundle on its way from files to a value. */
class Loading {
  private readonly root: string;
  private readonly folder: string;
  private readonly shown: string;
  private readonly source: SourceMap;
  private readonly diagnostics: Diagnostic[];
  /** Files of handlers as people type them, by entry. */
  private readonly shownEntries = new Map<string, string>();
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
    const { components, entries } = this.components(uses, options);
    const named = new NamedFiles(this.root, this.shown, this.source, uses, components);
    const agents = named.agents(references.filter(({ kind }) => kind === "agent"));
    const all = [
      ...references,
      ...[...agents.values()].flatMap(({ file, source }) => referencesOfAgent(file, source)),
    ];
    const of = (kind: Reference["kind"]) => all.filter((reference) => reference.kind === kind);
    named.reserved(all);
    const files = named.files(of("file"));
    const approvals = named.approvals(of("approval"));
    const contracts = named.contracts(of("contract"));
    const prompts = named.prompts(of("prompt"));
    const own = named.entries([...of("code"), ...of("stand-in")]);
    this.diagnostics.push(...named.diagnostics);
    for (const [path, content] of named.parts) this.parts.set(path, content);
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
        this.diagnostics.push({
          code: "ESP814",
          severity: "error",
          message: `$config.${alias} is said twice`,
          hint,
          place: this.source.placeOf(["config", alias]),
        });
      }
      config[alias] = document as Json;
    }
    return config;
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
