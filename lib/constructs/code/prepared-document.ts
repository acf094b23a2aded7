/** A prepared bundle as JSON: how it comes from the process that prepared it. */
import type { Plan } from "../../compiler/plan.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import type { PreparedBundle } from "./prepared-bundle.ts";

/** What `prepare-process.ts` writes; only this kit reads it. */
export type PreparedDocument =
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly ok: true;
      readonly plan: Plan;
      readonly digest: string;
      readonly code: Readonly<Record<string, { readonly js: string; readonly map: string }>>;
      /** Base 64. */
      readonly files: Readonly<Record<string, string>>;
      readonly sources: Readonly<Record<string, string>>;
      readonly lock: string;
      readonly warnings: readonly Diagnostic[];
    };

export function documentOf(bundle: PreparedBundle): PreparedDocument {
  const { plan, digest, code, files, sources, lock, warnings } = bundle;
  return {
    ok: true,
    plan,
    digest,
    code: Object.fromEntries(code),
    files: encode(files),
    sources: encode(sources),
    lock,
    warnings,
  };
}

export function bundleOf(document: Extract<PreparedDocument, { ok: true }>): PreparedBundle {
  const { plan, digest, code, files, sources, lock, warnings } = document;
  return {
    plan,
    digest,
    code: new Map(Object.entries(code)),
    files: decode(files),
    sources: decode(sources),
    lock,
    warnings,
  };
}

function encode(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(
    [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]),
  );
}

function decode(files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text, "base64")]));
}
