export { bundleParts } from "./bundle-parts.ts";
export {
  LOCK_FILE,
  type Lock,
  type LockedComponent,
  lockOf,
  parseLock,
  renderLock,
} from "./lock.ts";
export { BUNDLE_OWNER, type BundleContent, type Part, partKey } from "./part.ts";
export { type DifferentFact, differentFacts, lockFindings, readLockText } from "./stale-lock.ts";
