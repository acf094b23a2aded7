import { relative } from "node:path";
import type { Bundle, Update } from "../../bundle/index.ts";
import type { Plan } from "../../compiler/plan.ts";
import type { Deployment } from "../../local/runtime/deployment.ts";
import { type Diagnostic, DiagnosticsError } from "../../manifest/diagnostic.ts";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { resolvePeople } from "./resolve-people.ts";

/** A bundle after loading and compiling: what was found, and the plan if nothing forbids it. */
export interface CompiledBundle {
  /** As a person would type it. */
  readonly folder: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly deployment: Deployment | undefined;
  /** As it was loaded; absent if its manifest has errors. */
  readonly bundle?: Bundle;
}

/**
 * Loads and compiles a bundle as it is in an environment; findings are returned, never thrown.
 * The environment's file lies beside the bundle, and matters only to a bundle that has bindings or
 * uses models. `models` is what answers those where the file does not say. Components are of the
 * versions that the bundle's lock keeps, but for those in `update`.
 */
export async function checkBundle(
  folder: string,
  cwd: string,
  environment: string = LOCAL_ENVIRONMENT,
  models?: "stand-in",
  update?: Update,
): Promise<CompiledBundle> {
  // Loaded when needed: esbuild and the compiler would slow down every `espalier runs`.
  const [
    { environmentsBeside, loadBundle, lockText, readBindings },
    { compile },
    { fillPolicies },
    { loadEnvironment },
  ] = await Promise.all([
    import("../../bundle/index.ts"),
    import("../../compiler/index.ts"),
    import("../../compiler/fill-policies.ts"),
    import("../../manifest/environment/load-environments.ts"),
  ]);
  const typed = relative(cwd, folder) || ".";
  try {
    const loaded = readBindings(folder).binds
      ? loadEnvironment(environment, environmentsBeside(folder))
      : { diagnostics: [] };
    if (loaded.diagnostics.length > 0) {
      return { folder: typed, diagnostics: loaded.diagnostics, deployment: undefined };
    }
    const { bundle, diagnostics: found } = await loadBundle(folder, { ...loaded, update });
    if (bundle === undefined) {
      return { folder: typed, diagnostics: found, deployment: undefined };
    }
    const settings = "environment" in loaded ? loaded.environment?.environment.models : undefined;
    const { plan, diagnostics } = compile(bundle, {
      today: new Date().toISOString().slice(0, 10),
      models: settings?.adapter ?? models,
    });
    const asked = plan?.approvals.map(({ policy }) => policy) ?? [];
    const people = plan && (await resolvePeople(asked, environment, environmentsBeside(folder)));
    const all = [...found, ...diagnostics, ...(people?.diagnostics ?? [])];
    const lock = () => lockText(bundle, environment);
    if (plan && people) {
      const filled = fillPolicies(plan, people.policies);
      const deployment = deploymentOf(bundle, filled, all, lock);
      return { folder: typed, diagnostics: all, deployment, bundle };
    }
    const deployment = deploymentOf(bundle, plan, all, lock);
    return { folder: typed, diagnostics: all, deployment, bundle };
  } catch (error) {
    if (error instanceof DiagnosticsError) {
      return { folder: typed, diagnostics: error.diagnostics, deployment: undefined };
    }
    throw error;
  }
}

/** What answers models on this machine, unless its environment says otherwise. */
export const LOCAL_MODELS = "stand-in";

/** As `checkBundle` on this machine, for callers that need the plan: prints warnings, throws on errors. */
export async function compileBundle(
  { out, io }: Invocation,
  folder: string,
  models?: "stand-in",
): Promise<CompiledBundle & { readonly deployment: Deployment }> {
  const compiled = await checkBundle(folder, io.cwd, LOCAL_ENVIRONMENT, models);
  const { deployment, diagnostics } = compiled;
  if (deployment === undefined) {
    const count = diagnostics.filter(isError).length;
    throw new Failure("BundleInvalid", `${problems(count)} in ${compiled.folder}`, {
      diagnostics,
      hint: "Nothing was started. espalier check looks at every bundle.",
    });
  }
  out.notes(diagnostics, io.cwd);
  return { ...compiled, deployment };
}

export function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** `1 problem`, `3 problems`. */
export function problems(count: number): string {
  return count === 1 ? "1 problem" : `${count} problems`;
}

function deploymentOf(
  bundle: Bundle,
  plan: Plan | undefined,
  diagnostics: readonly Diagnostic[],
  lock: () => string,
): Deployment | undefined {
  if (plan === undefined || diagnostics.some(isError)) {
    return undefined;
  }
  const { digest, code, files, sources } = bundle;
  const components = new Map([...sources].filter(([path]) => path.startsWith("components/")));
  const own = new Map([...sources].filter(([path]) => !path.startsWith("components/")));
  return { plan, digest, code, files, components, sources: own, lock };
}
