export type { Bundle, CompiledCode, HandlerContract } from "./bundle.ts";
export {
  type Component,
  type ComponentKey,
  type ComponentOf,
  type Components,
  componentFiles,
  componentOf,
  componentPath,
} from "./component.ts";
export { type Change, diffParts, lockParts } from "./diff/index.ts";
export { findBundles, MANIFEST_FILE } from "./find-bundles.ts";
export {
  environmentsBeside,
  type LoadBundleOptions,
  type LoadedBundle,
  loadBundle,
} from "./load-bundle.ts";
export {
  type BundleContent,
  bundleParts,
  differentFacts,
  LOCK_FILE,
  type Lock,
  lockFindings,
  lockOf,
  type Part,
  parseLock,
  readLockText,
  renderLock,
} from "./lock/index.ts";
export { type BundleBindings, readBindings } from "./read-bindings.ts";
export { readSnapshot, SnapshotError, writeSnapshot } from "./snapshot.ts";
