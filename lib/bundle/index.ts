export type { Bundle, CompiledCode, HandlerContract } from "./bundle.ts";
export { findBundles, MANIFEST_FILE } from "./find-bundles.ts";
export { type LoadedBundle, loadBundle } from "./load-bundle.ts";
export { readSnapshot, SnapshotError, writeSnapshot } from "./snapshot.ts";
