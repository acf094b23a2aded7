/** A bundle that is ready to be deployed: loaded, checked and compiled. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bundle } from "../../bundle/bundle.ts";
import { digestOf } from "../../bundle/digest.ts";
import { loadBundle, MANIFEST_FILE } from "../../bundle/index.ts";
import { compile } from "../../compiler/index.ts";
import type { Plan } from "../../compiler/plan.ts";
import { type Diagnostic, DiagnosticsError } from "../../manifest/diagnostic.ts";

export interface PreparedBundle {
  readonly plan: Plan;
  /** `sha256:…` of the bundle. */
  readonly digest: string;
  /** Step code by entry path (`code/inventory.ts`): one ESM file and its source map. */
  readonly code: ReadonlyMap<string, { readonly js: string; readonly map: string }>;
  /** What handlers read at run time, by path inside the bundle. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The manifest and everything else that it names, code excepted, byte for byte. */
  readonly sources: ReadonlyMap<string, Uint8Array>;
  /** Findings that do not forbid to deploy it. */
  readonly warnings: readonly Diagnostic[];
}

/** Loads and compiles the bundle in `folder`. Throws `DiagnosticsError` with all findings. */
export async function prepareBundle(folder: string): Promise<PreparedBundle> {
  const { bundle, diagnostics: found } = await loadBundle(folder);
  if (!bundle) throw new DiagnosticsError(found);
  const { plan, diagnostics } = compile(bundle, { today: new Date().toISOString().slice(0, 10) });
  const all = [...found, ...diagnostics];
  if (!plan || all.some(({ severity }) => severity === "error")) throw new DiagnosticsError(all);
  const { digest, code, files } = bundle;
  return { plan, digest, code, files, sources: await readSources(bundle), warnings: all };
}

async function readSources(bundle: Bundle): Promise<ReadonlyMap<string, Uint8Array>> {
  const { manifest, folder, source, approvals, files, code, digest } = bundle;
  const sources = new Map<string, Uint8Array>([[MANIFEST_FILE, Buffer.from(source.text)]]);
  const contracts = [manifest.input, manifest.output].filter((one) => typeof one === "string");
  for (const path of [...approvals.keys(), ...contracts]) {
    sources.set(path, await readFile(join(folder, path)));
  }
  for (const [path, bytes] of files) sources.set(path, bytes);
  const parts = new Map<string, Uint8Array | string>(sources);
  for (const [entry, { js }] of code) parts.set(`compiled:${entry}`, js);
  if (digestOf(parts) === digest) return sources;
  throw new Error(`The files of ${folder} changed while they were read. Try again.`);
}
