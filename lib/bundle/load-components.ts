/** The components that a bundle uses, in one environment. */
import { CATEGORIES, type Category } from "../manifest/components/kinds.ts";
import type { ComponentReference, Uses } from "../manifest/components/uses.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { LoadedEnvironment } from "../manifest/environment/load-environments.ts";
import type { SourceMap } from "../manifest/source.ts";
import type { CodeEntry } from "./compile-code.ts";
import { type Component, type ComponentKey, componentPath } from "./component.ts";
import { digestOf } from "./digest.ts";
import type { ComponentHome } from "./find-component.ts";
import { findInside } from "./inside.ts";
import type { LockedVersions } from "./lock/locked-versions.ts";
import { pickComponent } from "./pick-component.ts";
import type { ReadComponent } from "./read-component.ts";
import { resolveReference } from "./resolve-reference.ts";

export interface LoadComponentsOptions {
  /** The bundle's own first. */
  readonly homes: readonly ComponentHome[];
  readonly environment: LoadedEnvironment;
  /** Of the manifest. */
  readonly source: SourceMap;
  /** What the bundle's lock says; `undefined`: nothing is kept. */
  readonly locked: LockedVersions;
}

export interface LoadedComponents {
  /** Without those that have a finding. */
  readonly components: ReadonlyMap<ComponentKey, Component>;
  /** Their handlers, to be compiled with the bundle's own. */
  readonly entries: readonly CodeEntry[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds, reads and checks every component under `uses`. Never throws for what they hold. */
export function loadComponents(uses: Uses, options: LoadComponentsOptions): LoadedComponents {
  const components = new Map<ComponentKey, Component>();
  const entries: CodeEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const category of CATEGORIES) {
    for (const [alias, reference] of Object.entries(uses[category] ?? {})) {
      const loaded = loadComponent(category, alias, reference, options);
      diagnostics.push(...loaded.diagnostics);
      if (loaded.component === undefined) continue;
      components.set(`${category}.${alias}`, loaded.component);
      entries.push(...loaded.entries);
    }
  }
  return { components, entries, diagnostics };
}

interface LoadedComponent {
  readonly component?: Component;
  readonly entries: readonly CodeEntry[];
  readonly diagnostics: readonly Diagnostic[];
}

function loadComponent(
  category: Category,
  alias: string,
  reference: ComponentReference,
  options: LoadComponentsOptions,
): LoadedComponent {
  const resolved = resolveReference(options, category, alias, reference);
  if ("code" in resolved) return { entries: [], diagnostics: [resolved] };
  const { home, name, bound } = resolved;
  const locked = options.locked({ category, alias, name, bound });
  const picked = pickComponent(resolved, category, locked, options.homes);
  const { read } = picked;
  if (!read?.header) return { entries: [], diagnostics: picked.diagnostics };
  const { header, shown, files } = read;
  const { entries, diagnostics } = handlersOf(read, category, alias);
  const all = [...picked.diagnostics, ...diagnostics];
  if (all.length > 0) return { entries: [], diagnostics: all };
  const component = {
    category,
    kind: header.kind,
    alias,
    name,
    version: header.version,
    owner: header.owner,
    description: header.description ?? null,
    digest: digestOf(files),
    source: home.source,
    folder: shown,
    root: read.folder,
    files,
    document: read.document,
    documentSource: read.documentSource,
    entries: new Map(entries.map(({ path, entry }) => [path, entry])),
    bound,
    at: ["uses", category, alias],
    // `readComponent` has checked the kind, and the document with the category's grammar.
  } as unknown as Component;
  return { component, entries, diagnostics: [] };
}

/** The handlers of a component that is used under an alias. ESP702, ESP703. */
export function handlersOf(read: ReadComponent, category: Category, alias: string) {
  const entries: CodeEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  const { folder, shown, documentSource } = read;
  for (const { path, at } of read.handlers) {
    const entry = componentPath(category, alias, path);
    if (entries.some((one) => one.entry === entry)) continue;
    const inside = findInside(folder, path);
    if (inside.path !== undefined) {
      entries.push({ entry, path, folder, shown: `${shown}/${path}` });
      continue;
    }
    const place = documentSource?.placeOf(at);
    diagnostics.push({
      code: inside.code,
      severity: "error",
      message: `"${path}": ${inside.reason.replace("bundle", "component")}`,
      hint: inside.hint.replace("bundle", "component"),
      ...(place && { place }),
    });
  }
  return { entries, diagnostics };
}
