/** A bundle with bindings is another one in each environment: all of them have to be sound. */
import type { Lock, Update } from "../../bundle/index.ts";
import { kitVersion } from "../../bundle/kit.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import { inOrder } from "../../manifest/grammar.ts";
import { type CompiledBundle, checkBundle } from "./compile-bundle.ts";

/**
 * Checks a bundle on this machine and, if it has bindings, in every environment whose file deploys
 * it. What it returns as deployment is this machine's; absent if any environment has an error.
 */
export async function checkEverywhere(folder: string, cwd: string): Promise<CompiledBundle> {
  const all = await compileEverywhere(folder, cwd);
  const { compiled, sound } = all;
  const [local] = compiled.values();
  if (local === undefined) throw new Error(`${folder} was checked nowhere.`);
  const found = inOrder([...compiled.values()].flatMap(({ diagnostics }) => diagnostics));
  const stale = sound ? await staleness(folder, local.folder, all) : [];
  return {
    folder: local.folder,
    diagnostics: [...found, ...stale],
    deployment: sound && stale.length === 0 ? local.deployment : undefined,
  };
}

export interface CompiledEverywhere {
  /** By environment, this machine first. */
  readonly compiled: ReadonlyMap<string, CompiledBundle>;
  /** Whether none has an error. */
  readonly sound: boolean;
}

/**
 * A bundle as it is on this machine and in every environment that makes a difference to it.
 * `update`: components that move to their newest versions, whatever the lock holds.
 */
export async function compileEverywhere(
  folder: string,
  cwd: string,
  update?: Update,
): Promise<CompiledEverywhere> {
  const compiled = new Map<string, CompiledBundle>();
  for (const name of [LOCAL_ENVIRONMENT, ...(await environmentsOf(folder))]) {
    compiled.set(name, await checkBundle(folder, cwd, name, undefined, update));
  }
  const sound = [...compiled.values()].every(({ deployment }) => deployment !== undefined);
  return { compiled, sound };
}

/** The lock of a bundle that is sound everywhere. */
export async function lockEverywhere({ compiled }: CompiledEverywhere): Promise<Lock> {
  const { lockOf } = await import("../../bundle/index.ts");
  const bundles = [...compiled].flatMap(([name, { bundle }]) =>
    bundle ? [[name, bundle] as const] : [],
  );
  return lockOf(new Map(bundles), kitVersion());
}

/** What a bundle's authors have changed since its lock was written; nothing where there is no lock. */
async function staleness(
  folder: string,
  shown: string,
  all: CompiledEverywhere,
): Promise<readonly Diagnostic[]> {
  const { lockFindings, readLockText } = await import("../../bundle/index.ts");
  const text = readLockText(folder);
  if (text === undefined) return [];
  return lockFindings(text, await lockEverywhere(all), shown, { kit: false });
}

/** Names of the deployed environments that make a difference to a bundle. */
async function environmentsOf(folder: string): Promise<readonly string[]> {
  const [{ environmentsBeside, readBindings }, { deploys, loadEnvironmentFiles }] =
    await Promise.all([
      import("../../bundle/index.ts"),
      import("../../manifest/environment/load-environments.ts"),
    ]);
  const { workflow, binds } = readBindings(folder);
  if (!binds) return [];
  return loadEnvironmentFiles(environmentsBeside(folder))
    .filter(({ name }) => name !== LOCAL_ENVIRONMENT)
    .filter(
      // One that cannot be read deploys who knows what.
      ({ loaded }) => !loaded.environment || !workflow || deploys(loaded.environment, workflow),
    )
    .map(({ name }) => name);
}
