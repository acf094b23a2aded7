/** Versions of a component that were published: `VERSION/` with its files, and a listing of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import semverValid from "semver/functions/valid.js";
import { z } from "zod";
import type { Category } from "../../manifest/components/kinds.ts";
import { digestOf, sha256 } from "../digest.ts";
import type { ComponentHome } from "../find-component.ts";

/** Beside the files of a version. Hidden, and so none of them. */
export const LISTING_FILE = ".published.json";

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const Listing = z.strictObject({
  published: z.literal(1),
  /** `CATEGORY/NAME`. */
  component: z.string(),
  version: z.string(),
  /** As a lock has it: over all files. */
  digest: Digest,
  files: z.record(z.string(), Digest),
});
export type Listing = z.infer<typeof Listing>;

export interface PublishedVersion {
  readonly version: string;
  /** Absolute. */
  readonly folder: string;
  /** As people type it. */
  readonly shown: string;
  /** Null if it cannot be read, or is about something else. */
  readonly listing: Listing | null;
}

/** Every published version of a component, in the order of their names. Never throws. */
export function publishedVersions(
  { versions }: ComponentHome,
  category: Category,
  name: string,
): readonly PublishedVersion[] {
  return namesIn(join(versions.folder, category, name))
    .filter((version) => semverValid(version) === version)
    .map((version) => {
      const folder = join(versions.folder, category, name, version);
      const shown = `${versions.shown}/${category}/${name}/${version}`;
      const listing = readListing(folder);
      const fits = listing?.component === `${category}/${name}` && listing.version === version;
      return { version, folder, shown, listing: fits ? listing : null };
    });
}

/** Names of folders that are neither hidden nor files. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

function readListing(folder: string): Listing | null {
  try {
    const text = readFileSync(join(folder, LISTING_FILE), "utf8");
    return Listing.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The listing of files that are about to be published. */
export function listingOf(
  component: string,
  version: string,
  files: ReadonlyMap<string, Uint8Array>,
): Listing {
  const digests = [...files].map(([path, bytes]) => [path, sha256(bytes)] as const);
  return {
    published: 1,
    component,
    version,
    digest: digestOf(files),
    files: Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** `model.yaml has other content`, `notes.md is missing`: a line each; none if nothing differs. */
export function differences(
  { files: listed }: Listing,
  files: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  const paths = [...new Set([...Object.keys(listed), ...files.keys()])].sort();
  return paths.flatMap((path) => {
    const bytes = files.get(path);
    if (bytes === undefined) return [`${path} is missing`];
    if (!Object.hasOwn(listed, path)) return [`${path} is new`];
    return listed[path] === sha256(bytes) ? [] : [`${path} has other content`];
  });
}
