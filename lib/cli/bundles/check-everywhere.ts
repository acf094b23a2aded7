/** A bundle with bindings is another one in each environment: all of them have to be sound. */
import { inOrder } from "../../manifest/grammar.ts";
import { type CompiledBundle, checkBundle } from "./compile-bundle.ts";

/**
 * Checks a bundle on this machine and, if it has bindings, in every environment whose file deploys
 * it. What it returns as deployment is this machine's; absent if any environment has an error.
 */
export async function checkEverywhere(folder: string, cwd: string): Promise<CompiledBundle> {
  const local = await checkBundle(folder, cwd);
  const names = await environmentsOf(folder);
  const others = [];
  for (const name of names) others.push(await checkBundle(folder, cwd, name));
  if (others.length === 0) return local;
  const sound = others.every(({ deployment }) => deployment !== undefined);
  return {
    folder: local.folder,
    diagnostics: inOrder([local, ...others].flatMap(({ diagnostics }) => diagnostics)),
    deployment: sound ? local.deployment : undefined,
  };
}

/** Names of the deployed environments that make a difference to a bundle. */
async function environmentsOf(folder: string): Promise<readonly string[]> {
  const [
    { environmentsBeside, readBindings },
    { deploys, LOCAL_ENVIRONMENT, loadEnvironmentFiles },
  ] = await Promise.all([
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
