/** Deployed bundles, kept by digest for as long as a run may need them. */
import { join } from "node:path";
import { LOCK_FILE } from "../../bundle/find-bundles.ts";
import {
  readSnapshot,
  removeDrafts,
  SnapshotError,
  snapshotFolder,
  writeSnapshot,
} from "../../bundle/snapshot.ts";
import type { Plan } from "../../compiler/plan.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Deployment } from "./deployment.ts";

export interface StoredBundle {
  readonly digest: string;
  readonly plan: Plan;
  /** Where the bundle's `files` lie, by their paths inside the bundle. */
  readonly files: string;
  /** Where the files of its components lie: `CATEGORY/ALIAS/PATH` in there. */
  readonly components: string;
  /** The ESM file of a step's code, or of a component's handler. */
  codeOf(entry: string): string;
}

export class BundleStore {
  readonly #folder: string;
  readonly #loaded = new Map<string, StoredBundle>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what a process that was killed while it saved has left. Only for the folder's one writer. */
  async tidy(): Promise<void> {
    await removeDrafts(this.#folder);
  }

  /** Keeps a bundle; a bundle that is kept already is left as it is. */
  async save(deployment: Deployment): Promise<StoredBundle> {
    const { digest } = deployment;
    const kept = await this.load(digest);
    if (kept) return kept;
    await writeSnapshot(this.#folder, digest, snapshotFiles(deployment));
    const saved = await this.load(digest);
    if (!saved) throw new Error(`The bundle ${digest} was not stored.`);
    return saved;
  }

  /** Undefined if there is none. Throws `SnapshotError` if what is there is not what was written. */
  async load(digest: string): Promise<StoredBundle | undefined> {
    const loaded = this.#loaded.get(digest);
    if (loaded) return loaded;
    const snapshot = await readSnapshot(this.#folder, digest).catch((error: unknown) => {
      if (error instanceof SnapshotError && error.reason === "missing") return undefined;
      throw error;
    });
    if (!snapshot) return undefined;
    const place = snapshotFolder(this.#folder, digest);
    const plan = JSON.parse(Buffer.from(snapshot.get("plan.json") ?? "").toString()) as Plan;
    const bundle: StoredBundle = {
      digest,
      plan,
      files: join(place, "files"),
      components: join(place, "components"),
      codeOf: (entry) => join(place, codePath(entry)),
    };
    this.#loaded.set(digest, bundle);
    return bundle;
  }
}

/** Everything that is kept of a bundle, by path in its snapshot. */
export function snapshotFiles(deployment: Deployment): ReadonlyMap<string, Uint8Array | string> {
  const { plan, code, files, components, sources, lock } = deployment;
  const snapshot = new Map<string, Uint8Array | string>([
    ["plan.json", `${JSON.stringify(plan, null, 2)}\n`],
  ]);
  if (lock) snapshot.set(LOCK_FILE, lock());
  for (const [entry, { js, map }] of code) {
    snapshot.set(codePath(entry), js);
    snapshot.set(`${codePath(entry)}.map`, map);
  }
  for (const [path, bytes] of files) snapshot.set(`files/${path}`, bytes);
  for (const [path, bytes] of components) snapshot.set(path, bytes);
  for (const [path, bytes] of sources ?? []) snapshot.set(`sources/${path}`, bytes);
  return snapshot;
}

/** The digest without its `sha256:`: a file name, and the qualifier of function ARNs. */
export function hexOf(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new RequestError("NameInvalid", `"${digest}" is no digest.`);
  return hex;
}

/**
 * `code/inventory.ts` → `code/inventory.ts.mjs`: two entries never become one file. Components are
 * kept with all their files, so their code lies elsewhere.
 */
function codePath(entry: string): string {
  return entry.startsWith("components/") ? `compiled/${entry}.mjs` : `${entry}.mjs`;
}
