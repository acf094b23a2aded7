/** A bundle as git had it. */
import { execFile } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { Failure, usageFailure } from "../failure.ts";

const run = promisify(execFile);

/**
 * The folder around the bundle as it was in a revision, with the packages that are installed now, while
 * `use` runs. `path` is the bundle's folder today. Throws `Failure`.
 */
export async function withRevision<T>(
  cwd: string,
  revision: string,
  path: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  if (revision.startsWith("-")) throw usageFailure(`"${revision}" is no revision`);
  const root = (await git(cwd, ["rev-parse", "--show-toplevel"])).trim();
  const folder = relative(root, resolve(cwd, path)).split("\\").join("/");
  const bundles = folder.split("/").slice(0, -1).join("/");
  const temporary = await mkdtemp(join(tmpdir(), "espalier-revision-"));
  try {
    const archive = join(temporary, "tree.tar");
    const what = bundles === "" ? [] : [bundles];
    await git(root, ["archive", "--format=tar", `--output=${archive}`, revision, "--", ...what]);
    await run("tar", ["-xf", archive, "-C", temporary]);
    const modules = join(root, "node_modules");
    if (existsSync(modules)) symlinkSync(modules, join(temporary, "node_modules"), "dir");
    const there = join(temporary, folder);
    if (!existsSync(join(there, "workflow.yaml"))) {
      throw new Failure("WorkflowNotFound", `There is no ${basename(folder)} in ${revision}`, {
        hint: REVISION_HINT,
      });
    }
    return await use(there);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const REVISION_HINT = "Write REVISION:PATH, such as main:bundles/refunds.";

/** What git prints. Throws `Failure` with what it says of an error. */
export async function git(cwd: string, args: readonly string[]): Promise<string> {
  try {
    return (await run("git", [...args], { cwd })).stdout;
  } catch (error) {
    const words = String((error as { stderr?: unknown }).stderr ?? error).trim();
    throw new Failure("GitFailed", `git says: ${words.split("\n")[0] ?? ""}`, {
      hint: REVISION_HINT,
      cause: error,
    });
  }
}
