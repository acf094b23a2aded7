/** The smallest pieces of a bundle that are named when something differs. */
import type { Json } from "../../runtime/json.ts";

export const BUNDLE_OWNER = "bundle";

export interface Part {
  /** `bundle`, or the component that it belongs to: `models.reader`. */
  readonly owner: string;
  /** `step`, `prompt`, `tool`, `code`, … */
  readonly kind: string;
  readonly name: string;
  /** `sha256:…` of what it means, not of how it is written: comments in YAML do not count. */
  readonly digest: string;
  /** Absent in parts that are read from a lock file. */
  readonly value?: Json;
  /** Of code only. */
  readonly code?: CodeDigests;
}

export interface CodeDigests {
  /** Of the whole compiled file. */
  readonly compiled: string;
  /** Of what in it comes from the bundle's, or the component's, own files. */
  readonly own: string;
  /** Of what comes from packages; null if nothing does. */
  readonly packages: string | null;
}

/** A bundle as far as it can be compared: from a folder, from a snapshot, from an archive. */
export interface BundleContent {
  /** As in `Bundle.sources`: `workflow.yaml`, `prompts/ask.md`, `components/CATEGORY/ALIAS/PATH`. */
  readonly sources: ReadonlyMap<string, Uint8Array>;
  /** As in `Bundle.code`. */
  readonly code: ReadonlyMap<string, { readonly js: string; readonly map: string }>;
}

/** Parts are told apart by this. */
export function partKey({ owner, kind, name }: Pick<Part, "owner" | "kind" | "name">): string {
  return `${owner} ${kind} ${name}`;
}
