/** Which of several versions a reference means. */
import compare from "semver/functions/compare.js";
import satisfies from "semver/functions/satisfies.js";

export interface Candidate {
  readonly version: string;
  /** Null if its content is not known. */
  readonly digest: string | null;
}

/** `wanted` is an exact version, a range of npm's, or a digest. */
export function isWanted({ version, digest }: Candidate, wanted: string): boolean {
  return wanted.startsWith("sha256:") ? digest === wanted : satisfies(version, wanted);
}

/**
 * The locked version while it is there and wanted, else the highest that is wanted; of two with the
 * same version the first. Undefined if none is wanted.
 */
export function chooseVersion<C extends Candidate>(
  candidates: readonly C[],
  wanted: string,
  locked: string | undefined,
): C | undefined {
  const fitting = candidates.filter((one) => isWanted(one, wanted));
  const kept = fitting.find(({ version }) => version === locked);
  if (kept !== undefined) return kept;
  return fitting.reduce<C | undefined>(
    (best, one) => (best === undefined || compare(one.version, best.version) > 0 ? one : best),
    undefined,
  );
}
