export { bundleParts } from "./bundle-parts.ts";
export {
  type Lock,
  type LockedComponent,
  lockOf,
  lockText,
  parseLock,
  renderLock,
} from "./lock.ts";
export type { Update } from "./locked-versions.ts";
export { type MovedVersion, movedVersions } from "./moved-versions.ts";
export { BUNDLE_OWNER, type BundleContent, type Part, partKey } from "./part.ts";
export { type DifferentFact, differentFacts, lockFindings, readLockText } from "./stale-lock.ts";
