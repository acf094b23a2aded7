/** A bundle as a replay needs it: its plan, its compiled code, and the files that steps read. */
import { join } from "node:path";
import type { BundleContent } from "../bundle/lock/part.ts";
import { readSnapshot, SnapshotError, snapshotFolder } from "../bundle/snapshot.ts";
import { snapshotContent } from "../bundle/snapshot-content.ts";
import type { Plan } from "../compiler/plan.ts";
import { ReplayError } from "./replay-error.ts";

export interface ReplayBundle {
  readonly digest: string;
  readonly plan: Plan;
  /** The ESM file of a step's code, its source map beside it. */
  codeOf(entry: string): string;
  /** A file of the bundle, or `components/CATEGORY/ALIAS/PATH`; undefined if there is none. */
  readFile(path: string): Uint8Array | undefined;
  /** Paths of all files, for `readFile`. */
  readonly paths: readonly string[];
  /** All of it, to compare it with another; undefined where its manifest was not kept. */
  readonly content?: () => BundleContent | undefined;
}

/**
 * Opens the snapshot of a bundle in a store of bundles, and verifies every file of it. Throws
 * `ReplayError`: `BundleNotKept`, `BundleCorrupt`.
 */
export async function openBundleSnapshot(store: string, digest: string): Promise<ReplayBundle> {
  const files = await readSnapshot(store, digest).catch((error: unknown) => {
    if (!(error instanceof SnapshotError)) throw error;
    if (error.reason === "corrupt") throw new ReplayError("BundleCorrupt", error.message);
    throw new ReplayError(
      "BundleNotKept",
      error.message,
      "A run is replayed on the snapshot of the bundle that it ran: copy that too.",
    );
  });
  const folder = snapshotFolder(store, digest);
  const plan = files.get("plan.json");
  if (plan === undefined) {
    throw new ReplayError("BundleCorrupt", `The snapshot ${folder} holds no plan.json.`);
  }
  const pathOf = (path: string) => (path.startsWith("components/") ? path : `files/${path}`);
  return {
    digest,
    plan: JSON.parse(Buffer.from(plan).toString()) as Plan,
    // As the local runtime lays it out: components are kept with all their files.
    codeOf: (entry) =>
      join(folder, entry.startsWith("components/") ? "compiled" : "", `${entry}.mjs`),
    content: () => snapshotContent(files),
    readFile: (path) => files.get(pathOf(path)),
    paths: [...files.keys()].flatMap((path) =>
      path.startsWith("components/")
        ? [path]
        : path.startsWith("files/")
          ? [path.slice("files/".length)]
          : [],
    ),
  };
}
