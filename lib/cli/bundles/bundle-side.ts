/** One side of a comparison of bundles, from what a person names. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Part } from "../../bundle/index.ts";
import type { DeployedControl } from "../../runtime/kept-files.ts";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { snapshotFailures } from "../pull/pull-bundle.ts";
import { withRevision } from "./checkout-revision.ts";
import { checkBundle, isError, problems } from "./compile-bundle.ts";
import { componentSide } from "./component-side.ts";
import { bundleStore, keptDigest, readDigits } from "./kept-digest.ts";
import { bundleOfRun, type NamedBundle, remoteParts } from "./run-side.ts";
import { selectBundle } from "./select-bundle.ts";

export interface BundleSide {
  readonly shown: string;
  readonly parts: readonly Part[];
  /** Whether it knows digests only. */
  readonly isLock: boolean;
}

/**
 * `WHAT` is a lock file, a digest (or at least eight digits of it) of the data folder's bundles,
 * `REVISION:PATH` of git, `COMPONENT@VERSION`, a bundle's folder or name, or a run, for the bundle that
 * it ran. Runs, and digests that are not here, are looked for where `deployed` is. Throws `Failure`.
 */
export async function readSide(
  invocation: Invocation,
  what: string,
  deployed?: DeployedControl,
): Promise<BundleSide> {
  const { cwd } = invocation.io;
  const path = resolve(cwd, what);
  if (what.endsWith(".json") && existsSync(path) && statSync(path).isFile()) {
    return lockSide(path, what);
  }
  const digits = readDigits(what);
  if (digits !== undefined && !existsSync(path)) {
    if (deployed && digits.length === 64) {
      return namedSide(invocation, { shown: what, digest: `sha256:${digits}` }, deployed);
    }
    const digest = keptDigest(invocation, digits);
    return keptSide(invocation, { shown: digest, digest });
  }
  const [, revision, folder] = /^([^:]+):(.+)$/.exec(what) ?? [];
  if (revision !== undefined && folder !== undefined) {
    return withRevision(cwd, revision, folder, (there) => folderSide(invocation, there, what));
  }
  const component = await componentSide(what, cwd);
  if (component) return { ...component, isLock: false };
  const bundle = bundleFolder(what, cwd);
  if (typeof bundle === "string") return folderSide(invocation, bundle, what);
  return runSide(invocation, what, deployed, bundle);
}

/** What is kept of a bundle: here, else where it is deployed. */
export async function namedSide(
  invocation: Invocation,
  named: NamedBundle,
  deployed: DeployedControl | undefined,
): Promise<BundleSide> {
  if (deployed === undefined) return keptSide(invocation, named);
  return { shown: named.shown, parts: await remoteParts(deployed, named.digest), isLock: false };
}

/** A run; what is neither a run nor a bundle is told as no bundle. */
async function runSide(
  invocation: Invocation,
  what: string,
  deployed: DeployedControl | undefined,
  noBundle: Failure,
): Promise<BundleSide> {
  const named = await bundleOfRun(invocation, what, deployed).catch((error: unknown) => {
    const isUnknown = error instanceof Failure && /^(RunNotFound|NoData)$/.test(error.code);
    if (!isUnknown) throw error;
    throw new Failure(noBundle.code, `${noBundle.message}, and no run of that id`, {
      hint: noBundle.hint,
      cause: error,
    });
  });
  return namedSide(invocation, named, deployed);
}

/** The folder, or why there is none. */
function bundleFolder(what: string, cwd: string): string | Failure {
  try {
    return selectBundle(what, cwd);
  } catch (error) {
    if (error instanceof Failure && !/[/\\.]/.test(what)) return error;
    throw error;
  }
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

async function keptSide(
  invocation: Invocation,
  { shown, digest }: NamedBundle,
): Promise<BundleSide> {
  const { bundleParts, readSnapshot, snapshotContent } = await import("../../bundle/index.ts");
  const files = await snapshotFailures(() => readSnapshot(bundleStore(invocation), digest));
  const content = snapshotContent(files);
  if (content === undefined) {
    throw new Failure("BundleNotKept", `${digest} was kept without its manifest`, {
      hint: "An earlier version of Espalier has kept it. Compare git revisions instead.",
    });
  }
  return { shown, parts: bundleParts(content), isLock: false };
}
