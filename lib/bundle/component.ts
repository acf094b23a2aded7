/** A component as a bundle uses it: found, read and checked. */
import type { Category, DocumentOf, KindOf } from "../manifest/components/kinds.ts";
import type { Path, SourceMap } from "../manifest/source.ts";

export interface ComponentOf<C extends Category> {
  /** The key under `uses`: `models`. */
  readonly category: C;
  /** As `component.yaml` says: `model`. */
  readonly kind: KindOf<C>;
  /** What the bundle calls it. */
  readonly alias: string;
  /** Its own name, which a binding may make another than the alias. */
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly description: string | null;
  /** `sha256:…` over all of its files. */
  readonly digest: string;
  /** The bundle's own, or one beside the bundles. */
  readonly source: "bundle" | "shared";
  /** Where its files lie, as people type it. */
  readonly folder: string;
  /** The same as a real path. */
  readonly root: string;
  /** Everything in its folder, `component.yaml` included, by path from there. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What the file of its kind says; null for kinds that are sets of files. */
  readonly document: DocumentOf<C> | null;
  /** Where the parts of `document` stand, for findings about it. */
  readonly documentSource: SourceMap | null;
  /** Its handlers, by path from its folder: keys of the bundle's `code` and `componentHandlers`. */
  readonly entries: ReadonlyMap<string, string>;
  /** How the environment chose it; null where the manifest itself says which. */
  readonly bound: { readonly environment: string; readonly key: string } | null;
  /** Where the manifest names it. */
  readonly at: Path;
}

/** Of any category; `category` tells them apart. */
export type Component = { readonly [C in Category]: ComponentOf<C> }[Category];

/** `CATEGORY.ALIAS`. */
export type ComponentKey = `${Category}.${string}`;

export type Components = ReadonlyMap<ComponentKey, Component>;

/** The component that a bundle calls `alias`, with the document of its category; or undefined. */
export function componentOf<C extends Category>(
  components: Components,
  category: C,
  alias: string,
): ComponentOf<C> | undefined {
  // The key begins with the category, so the value is of that category.
  return components.get(`${category}.${alias}`) as ComponentOf<C> | undefined;
}

/** Folder of used components in a snapshot, in the digest's listing, and in names of compiled code. */
export const COMPONENTS_FOLDER = "components";

/** `components/CATEGORY/ALIAS`, with `path` behind it. */
export function componentPath(category: Category, alias: string, path?: string): string {
  const folder = `${COMPONENTS_FOLDER}/${category}/${alias}`;
  return path === undefined ? folder : `${folder}/${path}`;
}

/** The files of all components by their paths in a snapshot: `components/models/reader/model.yaml`. */
export function componentFiles(components: Components): ReadonlyMap<string, Uint8Array> {
  return new Map(
    [...components.values()].flatMap(({ category, alias, files }) =>
      [...files].map(([path, bytes]) => [componentPath(category, alias, path), bytes] as const),
    ),
  );
}
