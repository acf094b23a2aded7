/** Beside the files of a snapshot: what they were when they were written. */
import { z } from "zod";
import { staysInside } from "../manifest/values.ts";
import { digestOf, digestOfListing, listedFiles, sha256 } from "./digest.ts";

export const LISTING = "snapshot.json";

const Listing = z.strictObject({
  format: z.literal(1),
  /** Of the bundle: also the name of the snapshot's folder. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** `digestOf` all files: a listing that was changed does not match it. */
  content: z.string(),
  files: z.record(z.string(), z.strictObject({ bytes: z.int(), digest: z.string() })),
});
export type Listing = z.infer<typeof Listing>;

/** The listing's text, in the order of paths. `digest`: of the bundle. */
export function listingOf(digest: string, files: ReadonlyMap<string, Uint8Array | string>): string {
  const listing: Listing = {
    format: 1,
    digest,
    content: digestOf(files),
    files: Object.fromEntries([...listedFiles(files)].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(listing, null, 2)}\n`;
}

/** Undefined if the text is no listing. */
export function parseListing(text: string): Listing | undefined {
  try {
    return Listing.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export interface SnapshotProblem {
  readonly path: string;
  /** `is missing`, `has other content`, … */
  readonly problem: string;
}

/** Every file that is not what the listing says; none if all are. */
export function problemsOf(
  listing: Listing,
  files: ReadonlyMap<string, Uint8Array>,
): readonly SnapshotProblem[] {
  const problems: SnapshotProblem[] = [];
  for (const [path, { bytes, digest }] of Object.entries(listing.files)) {
    const found = files.get(path);
    if (!staysInside(path)) problems.push({ path, problem: "leads out of the snapshot" });
    else if (found === undefined) problems.push({ path, problem: "is missing" });
    else if (found.byteLength !== bytes || sha256(found) !== digest) {
      problems.push({ path, problem: "has other content" });
    }
  }
  for (const path of files.keys()) {
    if (!Object.hasOwn(listing.files, path)) {
      problems.push({ path, problem: "was not written with it" });
    }
  }
  const listed = new Map(Object.entries(listing.files));
  if (problems.length === 0 && digestOfListing(listed) !== listing.content) {
    problems.push({ path: LISTING, problem: "is not what was written" });
  }
  return problems;
}
