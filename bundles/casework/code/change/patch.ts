/** Patches, made and tried by git: unified, with binary files, as `git apply` takes them. */
import { StepError } from "espalier";
import { run } from "../../toolsets/workshop/run-process.ts";

/** Nothing of a person's own settings changes what a patch looks like. */
const PLAIN = ["--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv"];

/**
 * What makes `before` into `after`, two folders in `folder`: the first part of each path (`-p1`, as git
 * has it by default) is their name. Empty if they are the same. Links into packages are the same in both.
 */
export async function makePatch(
  {
    folder,
    before,
    after,
    paths,
  }: { folder: string; before: string; after: string; paths?: string },
  signal: AbortSignal,
): Promise<string> {
  const inside = paths === undefined ? "" : `/${paths}`;
  const { code, stdout, stderr } = await git(
    [
      "-c",
      "core.quotepath=off",
      "diff",
      "--no-index",
      ...PLAIN,
      "--no-prefix",
      "--",
      before + inside,
      after + inside,
    ],
    folder,
    signal,
  );
  // 1: they differ.
  if (code > 1) throw new StepError("Casework.GitFailed", `git diff: ${stderr.trim()}`);
  return stdout;
}

/** Why a patch cannot be applied in a folder; undefined if it can. Nothing is changed there. */
export async function whyNotApplied(
  file: string,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { code, stderr } = await git(["apply", "--check", "--", file], folder, signal);
  return code === 0 ? undefined : stderr.trim();
}

async function git(args: readonly string[], cwd: string, signal: AbortSignal) {
  try {
    return await run("git", args, { cwd, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new StepError("Casework.GitFailed", `git cannot be run: ${String(error)}`);
  }
}
