import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReplayBundle } from "../../replay/index.ts";
import { compileBundle, LOCAL_MODELS } from "../bundles/compile-bundle.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import type { Invocation } from "../command.ts";

/**
 * The bundle that `named` means: a digest that the data folder keeps, or a bundle's folder or name, which
 * is compiled and kept in a store of its own while `use` runs.
 */
export async function withBundle<T>(
  invocation: Invocation,
  named: string,
  use: (bundle: ReplayBundle, store: string) => Promise<T>,
): Promise<T> {
  const { openBundleSnapshot } = await import("../../replay/index.ts");
  if (/^sha256:[0-9a-f]{64}$/.test(named)) {
    const kept = join(invocation.dataDir, "bundles");
    return use(await openBundleSnapshot(kept, named), kept);
  }
  const folder = selectBundle(named, invocation.io.cwd);
  const { deployment } = await compileBundle(invocation, folder, LOCAL_MODELS);
  const { BundleStore } = await import("../../local/runtime/bundle-store.ts");
  const store = await mkdtemp(join(tmpdir(), "espalier-replay-"));
  try {
    await new BundleStore(store).save(deployment);
    return await use(await openBundleSnapshot(store, deployment.digest), store);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}
