/** Publishing: the version that a component says is stored beside it, for good. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Category, isCategory } from "../../manifest/components/kinds.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { compileCode } from "../compile-code.ts";
import { COMPONENTS_FOLDER } from "../component.ts";
import { MANIFEST_FILE } from "../find-bundles.ts";
import { type ComponentHome, hasHead, ownHome, sharedHome } from "../find-component.ts";
import { handlersOf } from "../load-components.ts";
import { readHead } from "../pick-component.ts";
import type { ReadComponent } from "../read-component.ts";
import {
  differences,
  LISTING_FILE,
  listingOf,
  type PublishedVersion,
  publishedVersions,
} from "./published-version.ts";

export interface ComponentAddress {
  readonly home: ComponentHome;
  readonly category: Category;
  readonly name: string;
}

/** The component in a folder: `…/components/CATEGORY/NAME`, or `BUNDLE/CATEGORY/NAME`; or undefined. */
export function addressOf(folder: string): ComponentAddress | undefined {
  const [name = "", category = ""] = folder.split(/[\\/]/).reverse();
  const around = dirname(dirname(folder));
  if (!isCategory(category)) return undefined;
  const isShared = around.split(/[\\/]/).at(-1) === COMPONENTS_FOLDER;
  if (!isShared && !existsSync(join(around, MANIFEST_FILE))) return undefined;
  const home = isShared ? sharedHome(dirname(around)) : ownHome(around);
  return hasHead(home, category, name) ? { home, category, name } : undefined;
}

export type Published =
  | {
      readonly state: "published" | "unchanged";
      readonly version: string;
      /** `sha256:…`, as a lock has it. */
      readonly digest: string;
      /** As people type it. */
      readonly folder: string;
      readonly diagnostics?: undefined;
    }
  | { readonly state: "unsound"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly state: "refused";
      readonly version: string;
      readonly folder: string;
      /** What is different from what was published. */
      readonly changed: readonly string[];
      readonly diagnostics?: undefined;
    };

/**
 * Stores the version that a component says, whole or not at all. The same content once more is
 * "unchanged", other content of a version that was published is "refused".
 */
export async function publish({ home, category, name }: ComponentAddress): Promise<Published> {
  const read = readHead(home, category, name);
  const diagnostics = await findingsOf(read, category, name);
  if (read.header === undefined || diagnostics.length > 0) return { state: "unsound", diagnostics };
  const { version } = read.header;
  const listing = listingOf(`${category}/${name}`, version, read.files);
  const place = `${category}/${name}/${version}`;
  const folder = `${home.versions.shown}/${place}`;
  const before = publishedVersions(home, category, name).find((one) => one.version === version);
  if (before !== undefined) {
    const changed = changedSince(before, read.files);
    return changed.length === 0
      ? { state: "unchanged", version, digest: listing.digest, folder }
      : { state: "refused", version, folder, changed };
  }
  // Line breaks that git converts would be other content.
  writeOnce(join(home.versions.folder, ".gitattributes"), "* -text\n");
  writeVersion(join(home.versions.folder, place), [
    ...read.files,
    [LISTING_FILE, `${JSON.stringify(listing, null, 2)}\n`],
  ]);
  return { state: "published", version, digest: listing.digest, folder };
}

function changedSince(
  { listing }: PublishedVersion,
  files: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  return listing === null ? [`${LISTING_FILE} cannot be read`] : differences(listing, files);
}

/** Everything that would make each bundle unsound that uses it. */
async function findingsOf(
  read: ReadComponent,
  category: Category,
  name: string,
): Promise<readonly Diagnostic[]> {
  const { entries, diagnostics } = handlersOf(read, category, name);
  const found = [...read.diagnostics, ...diagnostics];
  if (found.length > 0) return found;
  return (await compileCode(read.folder, read.shown, entries)).diagnostics;
}

function writeVersion(
  folder: string,
  files: readonly (readonly [string, Uint8Array | string])[],
): void {
  const draft = join(dirname(folder), `.draft-${randomUUID()}`);
  try {
    for (const [path, bytes] of files) {
      const file = join(draft, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes, { flag: "wx" });
    }
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function writeOnce(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
