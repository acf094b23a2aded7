/** Whether files are the snapshot of the bundle whose digest they give. */
import { bundleDigest, bundleFiles } from "./bundle-files.ts";
import { listedFiles } from "./digest.ts";
import { LOCK_FILE, MANIFEST_FILE } from "./find-bundles.ts";
import { parseLock } from "./lock/lock.ts";
import { snapshotContent } from "./snapshot-content.ts";
import { LISTING, parseListing, problemsOf, type SnapshotProblem } from "./snapshot-listing.ts";

export interface VerifiedSnapshot {
  /** Of the bundle; null if nothing says so. */
  readonly digest: string | null;
  /** Without the listing. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Version of Espalier that has compiled it; null if it was kept without a lock. */
  readonly espalier: string | null;
  readonly problems: readonly SnapshotProblem[];
}

/**
 * `all`: every file by path, the listing among them. Each file is compared with the listing, and the
 * bundle's digest is computed from what it is over: manifest, what that names, and compiled code.
 */
export function verifySnapshot(all: ReadonlyMap<string, Uint8Array>): VerifiedSnapshot {
  const files = new Map([...all].filter(([path]) => path !== LISTING));
  const text = all.get(LISTING);
  const listing = text && parseListing(Buffer.from(text).toString());
  const lock = files.get(LOCK_FILE);
  const espalier = (lock && parseLock(Buffer.from(lock).toString())?.espalier) ?? null;
  if (!listing) {
    const problem = text === undefined ? "is missing" : "is no listing of a snapshot";
    return { digest: null, files, espalier, problems: [{ path: LISTING, problem }] };
  }
  const problems = [...problemsOf(listing, files)];
  if (problems.length === 0) problems.push(...contradictions(listing.digest, files));
  return { digest: listing.digest, files, espalier, problems };
}

function contradictions(
  digest: string,
  files: ReadonlyMap<string, Uint8Array>,
): readonly SnapshotProblem[] {
  if (!files.has("plan.json")) return [{ path: "plan.json", problem: "is missing" }];
  const content = snapshotContent(files);
  if (content === undefined) {
    return [{ path: `sources/${MANIFEST_FILE}`, problem: "is missing" }];
  }
  const found = bundleDigest(listedFiles(bundleFiles(content)));
  if (found === digest) return [];
  return [{ path: LISTING, problem: `says ${digest}, and the files make ${found}` }];
}
