/** The earlier bundle that `--since` means. */
import { existsSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { ReplayBundle } from "../../replay/index.ts";
import { git, withRevision } from "../bundles/checkout-revision.ts";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { withBundle } from "../replay/open-bundle.ts";

/**
 * `since` is a digest of the data folder's bundles, a lock file that was committed, a git revision, or
 * `REVISION:PATH`. `folder`: the bundle's today. Throws `Failure`.
 */
export async function withEarlierBundle<T>(
  invocation: Invocation,
  since: string,
  folder: string,
  use: (bundle: ReplayBundle, store: string) => Promise<T>,
): Promise<T> {
  const { cwd } = invocation.io;
  if (/^sha256:[0-9a-f]{64}$/.test(since)) return withBundle(invocation, since, use);
  const file = resolve(cwd, since);
  const isLock = existsSync(file) && statSync(file).isFile();
  const [, named = since, path = folder] = isLock ? [] : (/^([^:]+):(.+)$/.exec(since) ?? []);
  const revision = isLock ? await revisionOfLock(cwd, file, since) : named;
  return withRevision(cwd, revision, await tracked(cwd, path), (there) =>
    withBundle(invocation, there, use),
  );
}

/** A candidate outside of the repository stands for the bundle of its name inside. */
async function tracked(cwd: string, folder: string): Promise<string> {
  const root = (await git(cwd, ["rev-parse", "--show-toplevel"])).trim();
  const below = relative(root, resolve(cwd, folder));
  if (!below.startsWith("..")) return folder;
  return join(root, "bundles", folder.split(/[\\/]/).at(-1) ?? "");
}

/** The last commit that had it: a lock that is not stale names exactly the bundle beside it. */
async function revisionOfLock(cwd: string, file: string, shown: string): Promise<string> {
  const blob = (await git(cwd, ["hash-object", "--", file])).trim();
  const search = ["log", "--all", "--format=%H", `--find-object=${blob}`];
  const commits = (await git(cwd, search)).split("\n").filter((each) => each !== "");
  for (const commit of commits) {
    const tree = await git(cwd, ["ls-tree", "-r", "--full-tree", commit]);
    if (tree.includes(blob)) return commit;
  }
  throw new Failure("LockUnknown", `No commit of this repository has the lock ${shown}`, {
    hint: "Name a revision, or the digest of a bundle that has run here.",
  });
}
