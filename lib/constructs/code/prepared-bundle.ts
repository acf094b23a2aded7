/** A bundle that is ready to be deployed: loaded, checked and compiled. */
import { environmentsBeside, loadBundle, lockText, readBindings } from "../../bundle/index.ts";
import { compile } from "../../compiler/index.ts";
import type { Plan } from "../../compiler/plan.ts";
import { type Diagnostic, DiagnosticsError } from "../../manifest/diagnostic.ts";
import {
  LOCAL_ENVIRONMENT,
  type LoadedEnvironment,
  loadEnvironment,
} from "../../manifest/environment/load-environments.ts";

export interface PreparedBundle {
  readonly plan: Plan;
  /** `sha256:…` of the bundle. */
  readonly digest: string;
  /** Code by entry path (`code/inventory.ts`, `components/…`): one ESM file and its source map. */
  readonly code: ReadonlyMap<string, { readonly js: string; readonly map: string }>;
  /** What handlers read at run time, by path inside the bundle. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The manifest and everything else that it names, components included, code excepted. */
  readonly sources: ReadonlyMap<string, Uint8Array>;
  /** Text of its lock, as it is in the environment. */
  readonly lock: string;
  /** Findings that do not forbid to deploy it. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Loads and compiles the bundle in `folder` for an environment, which may be named; its file then
 * lies beside the bundle, `environments/NAME.yaml`. Without one, bindings are findings.
 * Throws `DiagnosticsError` with all findings.
 */
export async function prepareBundle(
  folder: string,
  environment?: string | LoadedEnvironment,
): Promise<PreparedBundle> {
  const loaded = typeof environment === "string" ? environmentOf(environment, folder) : environment;
  const { bundle, diagnostics: found } = await loadBundle(folder, {
    ...(loaded && { environment: loaded }),
  });
  if (!bundle) throw new DiagnosticsError(found);
  const { plan, diagnostics } = compile(bundle, {
    today: new Date().toISOString().slice(0, 10),
    models: loaded?.environment.models?.adapter,
  });
  const all = [...found, ...diagnostics];
  if (!plan || all.some(({ severity }) => severity === "error")) throw new DiagnosticsError(all);
  const { digest, code, files, sources } = bundle;
  const lock = lockText(bundle, loaded?.name ?? LOCAL_ENVIRONMENT);
  return { plan, digest, code, files, sources, lock, warnings: all };
}

/** The environment of that name, from the file beside the bundle. */
function environmentOf(name: string, folder: string): LoadedEnvironment | undefined {
  // To other bundles, whatever is wrong with the file makes no difference.
  if (!readBindings(folder).binds) return undefined;
  const { environment, diagnostics } = loadEnvironment(name, environmentsBeside(folder));
  if (!environment) throw new DiagnosticsError(diagnostics);
  return environment;
}
