import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Plan } from "../../compiler/plan.ts";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import { displayPath } from "../../manifest/read-source.ts";
import { checkBundle, isError, LOCAL_MODELS, problems } from "../bundles/compile-bundle.ts";
import { bundleStore, keptDigest, readDigits } from "../bundles/kept-digest.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import { checkEnvironment } from "../cdk/known-environment.ts";
import type { Invocation, Outcome } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { replaceFile } from "../replace-file.ts";

interface Packed {
  readonly digest: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Writes the archive of a bundle; `file` from the working folder, else named after the bundle. */
export async function packBundle(
  invocation: Invocation,
  what: string,
  file: string | undefined,
): Promise<Outcome> {
  const { io, out } = invocation;
  const { digest, files } = await readBundle(invocation, what);
  const { listingOf, packArchive, verifySnapshot } = await import("../../bundle/index.ts");
  const listing = listingOf(digest, files);
  // What cannot be verified afterwards is not packed.
  const verified = verifySnapshot(new Map([...files, ["snapshot.json", Buffer.from(listing)]]));
  if (verified.problems.length > 0) {
    throw new Failure("SnapshotIncomplete", `The snapshot of ${digest} cannot be packed`, {
      hint: verified.problems.map(({ path, problem }) => `${path} ${problem}`).join("\n"),
    });
  }
  const { workflow, version } = JSON.parse(
    Buffer.from(files.get("plan.json") ?? "").toString(),
  ) as Plan;
  const path = resolve(io.cwd, file ?? `${workflow}-${digest.slice(7, 19)}.tar`);
  const bytes = await packArchive(files, listing);
  await replaceFile(path, bytes);
  const shown = displayPath(path, io.cwd);
  out.line(
    `${out.color.green("packed")}  ${workflow} ${version}  ${out.color.dim(shortDigest(digest))}  ${shown}`,
  );
  out.line(`  ${files.size} files, ${(bytes.byteLength / 2 ** 20).toFixed(1)} MiB`);
  return {
    exitCode: 0,
    document: {
      file: shown,
      workflow,
      version,
      digest,
      espalier: verified.espalier,
      files: files.size,
      bytes: bytes.byteLength,
    },
  };
}

async function readBundle(invocation: Invocation, what: string): Promise<Packed> {
  const { io, out, aws } = invocation;
  const digits = readDigits(what);
  if (digits !== undefined && !existsSync(resolve(io.cwd, what))) {
    if (aws !== undefined) throw usageFailure("A digest names a bundle without --environment");
    const { readSnapshot } = await import("../../bundle/index.ts");
    const digest = keptDigest(invocation, digits);
    return { digest, files: await readSnapshot(bundleStore(invocation), digest) };
  }
  const environment = aws?.environment ?? LOCAL_ENVIRONMENT;
  if (environment !== LOCAL_ENVIRONMENT) checkEnvironment(environment, io.cwd);
  const models = environment === LOCAL_ENVIRONMENT ? LOCAL_MODELS : undefined;
  const folder = selectBundle(what, io.cwd);
  const { deployment, diagnostics } = await checkBundle(folder, io.cwd, environment, models);
  if (deployment === undefined) {
    throw new Failure(
      "BundleInvalid",
      `${problems(diagnostics.filter(isError).length)} in ${what}`,
      { diagnostics, hint: "Only a bundle without errors can be packed." },
    );
  }
  out.notes(diagnostics, io.cwd);
  const { snapshotFiles } = await import("../../local/runtime/bundle-store.ts");
  const files = [...snapshotFiles(deployment)].map(
    ([path, content]) => [path, Buffer.from(content)] as const,
  );
  return { digest: deployment.digest, files: new Map(files) };
}
