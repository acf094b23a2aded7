export { packArchive, readArchive } from "./archive.ts";
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
export { findBundles, LOCK_FILE, MANIFEST_FILE } from "./find-bundles.ts";
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
  type Lock,
  type LockedComponent,
  lockFindings,
  lockOf,
  lockText,
  type MovedVersion,
  movedVersions,
  type Part,
  parseLock,
  readLockText,
  renderLock,
  type Update,
} from "./lock/index.ts";
export { type BundleBindings, readBindings } from "./read-bindings.ts";
export { readSnapshot, SnapshotError, writeSnapshot } from "./snapshot.ts";
export { snapshotContent } from "./snapshot-content.ts";
export { listingOf } from "./snapshot-listing.ts";
export { type VerifiedSnapshot, verifySnapshot } from "./verify-snapshot.ts";
export { changedVersions } from "./versions/changed-versions.ts";
export { addressOf, type ComponentAddress, type Published, publish } from "./versions/publish.ts";
