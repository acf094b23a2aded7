/** One side of a comparison of bundles, from what a person names. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import type { Part } from "../../bundle/index.ts";
import type { Invocation } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { checkBundle, isError, problems } from "./compile-bundle.ts";
import { bundleStore, keptDigest, readDigits } from "./kept-digest.ts";
import { selectBundle } from "./select-bundle.ts";

export interface BundleSide {
  readonly shown: string;
  readonly parts: readonly Part[];
  /** Whether it knows digests only. */
  readonly isLock: boolean;
}

const run = promisify(execFile);

/**
 * `WHAT` is a lock file, a digest (or at least eight digits of it) of the data folder's bundles,
 * `REVISION:PATH` of git, or a bundle's folder or name. Throws `Failure`.
 */
export async function readSide(invocation: Invocation, what: string): Promise<BundleSide> {
  const path = resolve(invocation.io.cwd, what);
  if (what.endsWith(".json") && existsSync(path) && statSync(path).isFile()) {
    return lockSide(path, what);
  }
  const digits = readDigits(what);
  if (digits !== undefined && !existsSync(path)) return storedSide(invocation, digits);
  const [, revision, folder] = /^([^:]+):(.+)$/.exec(what) ?? [];
  if (revision !== undefined && folder !== undefined) {
    return revisionSide(invocation, revision, folder);
  }
  return folderSide(invocation, selectBundle(what, invocation.io.cwd), what);
}

async function lockSide(path: string, shown: string): Promise<BundleSide> {
  const { lockParts, parseLock } = await import("../../bundle/index.ts");
  const lock = parseLock(readFileSync(path, "utf8"));
  if (lock === undefined) {
    throw new Failure("LockInvalid", `${shown} is no lock of this format`, {
      hint: "espalier lock writes it anew.",
    });
  }
  return { shown, parts: lockParts(lock), isLock: true };
}

async function folderSide({ io }: Invocation, folder: string, shown: string): Promise<BundleSide> {
  const { bundle, diagnostics } = await checkBundle(folder, io.cwd);
  const { bundleParts } = await import("../../bundle/index.ts");
  if (bundle === undefined || diagnostics.some(isError)) {
    throw new Failure(
      "BundleInvalid",
      `${problems(diagnostics.filter(isError).length)} in ${shown}`,
      {
        diagnostics,
        hint: "Only bundles without errors can be compared.",
      },
    );
  }
  return { shown, parts: bundleParts(bundle), isLock: false };
}

async function storedSide(invocation: Invocation, digits: string): Promise<BundleSide> {
  const { bundleParts, readSnapshot, snapshotContent } = await import("../../bundle/index.ts");
  const digest = keptDigest(invocation, digits);
  const content = snapshotContent(await readSnapshot(bundleStore(invocation), digest));
  if (content === undefined) {
    throw new Failure("BundleNotKept", `${digest} was kept without its manifest`, {
      hint: "An earlier version of Espalier has kept it. Compare git revisions instead.",
    });
  }
  return { shown: digest.replace(":", "-"), parts: bundleParts(content), isLock: false };
}

/** The folder around the bundle, as git has it, with the packages that are installed now. */
async function revisionSide(
  invocation: Invocation,
  revision: string,
  path: string,
): Promise<BundleSide> {
  const { cwd } = invocation.io;
  if (revision.startsWith("-")) throw usageFailure(`"${revision}" is no revision`);
  const root = (await git(cwd, ["rev-parse", "--show-toplevel"])).toString().trim();
  const folder = relative(root, resolve(cwd, path)).split("\\").join("/");
  const bundles = folder.split("/").slice(0, -1).join("/");
  const temporary = await mkdtemp(join(tmpdir(), "espalier-diff-"));
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
        hint: "Write REVISION:PATH, such as main:bundles/refunds.",
      });
    }
    return await folderSide(invocation, there, `${revision}:${path}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function git(cwd: string, args: readonly string[]): Promise<Buffer> {
  try {
    const { stdout } = await run("git", [...args], { cwd, encoding: "buffer" });
    return stdout;
  } catch (error) {
    const words = String((error as { stderr?: unknown }).stderr ?? error).trim();
    throw new Failure("GitFailed", `git says: ${words.split("\n")[0] ?? ""}`, {
      hint: "Write REVISION:PATH, such as main:bundles/refunds.",
      cause: error,
    });
  }
}
