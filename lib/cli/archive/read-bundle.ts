import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { VerifiedSnapshot } from "../../bundle/index.ts";
import type { Plan } from "../../compiler/plan.ts";
import { displayPath } from "../../manifest/read-source.ts";
import { problems as countOf } from "../bundles/compile-bundle.ts";
import { bundleStore, keptDigest, readDigits } from "../bundles/kept-digest.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import type { Invocation, Outcome } from "../command.ts";
import { Failure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";

/** Verifies a packed file, or a bundle that the data folder keeps. Exit code 1 if anything is wrong. */
export async function verifyBundle(invocation: Invocation, what: string): Promise<Outcome> {
  const verified = await verify(invocation, what);
  const { problems } = verified;
  tell(invocation, "sound", verified);
  return {
    exitCode: problems.length === 0 ? 0 : 1,
    document: { ...documentOf(verified), sound: problems.length === 0, problems: listOf(problems) },
  };
}

/** Unpacks a packed file that is sound: into the data folder, or into a new folder. */
export async function unpackBundle(
  invocation: Invocation,
  file: string,
  to: string | undefined,
): Promise<Outcome> {
  const { io, out } = invocation;
  const verified = await verify(invocation, file);
  const { digest, problems } = verified;
  if (problems.length > 0 || digest === null) {
    tell(invocation, "sound", verified);
    return { exitCode: 1, document: { ...documentOf(verified), problems: listOf(problems) } };
  }
  const folder =
    to === undefined
      ? await keep(invocation, digest, verified)
      : await write(resolve(io.cwd, to), digest, verified);
  tell(invocation, "unpacked", verified);
  const shown = displayPath(folder, io.cwd);
  out.line(`  ${shown}`);
  return { exitCode: 0, document: { ...documentOf(verified), folder: shown } };
}

async function verify(invocation: Invocation, what: string): Promise<VerifiedSnapshot> {
  const { readArchive, readSnapshot, listingOf, SnapshotError, verifySnapshot } = await import(
    "../../bundle/index.ts"
  );
  const path = resolve(invocation.io.cwd, what);
  const digits = readDigits(what);
  if (digits !== undefined && !existsSync(path)) {
    const digest = keptDigest(invocation, digits);
    try {
      const files = await readSnapshot(bundleStore(invocation), digest);
      const listing = Buffer.from(listingOf(digest, files));
      return verifySnapshot(new Map([...files, ["snapshot.json", listing]]));
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      const problem = { path: what, problem: error.message };
      return { digest, files: new Map(), espalier: null, problems: [problem] };
    }
  }
  const archive = await readArchive(await bytesOf(path));
  const verified = verifySnapshot(archive.files);
  return { ...verified, problems: [...archive.problems, ...verified.problems] };
}

/** Of what gzip is asked to write at most. */
const MAX_BYTES = 2 * 1024 ** 3;

async function bytesOf(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new Failure("ArchiveInvalid", `${path} cannot be decompressed`, { cause });
  }
}

async function keep(
  invocation: Invocation,
  digest: string,
  { files }: VerifiedSnapshot,
): Promise<string> {
  const { writeSnapshot } = await import("../../bundle/index.ts");
  return writeSnapshot(bundleStore(invocation), digest, files);
}

/** All or nothing: written beside its place, then renamed. */
async function write(folder: string, digest: string, { files }: VerifiedSnapshot): Promise<string> {
  if (existsSync(folder)) {
    throw new Failure("FolderExists", `${folder} is there already`, {
      hint: "Name a folder that is not there yet.",
    });
  }
  const { listingOf } = await import("../../bundle/index.ts");
  const draft = `${folder}.${process.pid}.tmp`;
  try {
    for (const [path, bytes] of [...files, ["snapshot.json", listingOf(digest, files)] as const]) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), bytes, { flag: "wx" });
    }
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

function tell({ out }: Invocation, word: string, verified: VerifiedSnapshot): void {
  const { digest, espalier, files, problems } = verified;
  const { workflow, version } = planOf(verified);
  const name = workflow === null ? "" : `${safeText(workflow)} ${safeText(version ?? "")}  `;
  const shown = digest === null ? "" : out.color.dim(shortDigest(digest));
  if (problems.length === 0) {
    out.line(`${out.color.green(word)}  ${name}${shown}`);
    out.line(`  ${files.size} files, compiled by Espalier ${safeText(espalier ?? "(not said)")}`);
    return;
  }
  out.line(`${out.color.red("failed")}  ${name}${shown}  ${countOf(problems.length)}`);
  out.lines(problems.map(({ path, problem }) => `  ${safeText(`${path} ${problem}`)}`));
}

function documentOf(verified: VerifiedSnapshot) {
  const { digest, espalier, files } = verified;
  return { ...planOf(verified), digest, espalier, files: files.size };
}

/** Of a file that anybody may have written. */
function planOf({ files }: VerifiedSnapshot): { workflow: string | null; version: string | null } {
  try {
    const plan = JSON.parse(Buffer.from(files.get("plan.json") ?? "").toString()) as Partial<Plan>;
    const text = (value: unknown) => (typeof value === "string" ? value : null);
    return { workflow: text(plan.workflow), version: text(plan.version) };
  } catch {
    return { workflow: null, version: null };
  }
}

function listOf(problems: VerifiedSnapshot["problems"]) {
  return problems.map(({ path, problem }) => ({ path, problem }));
}
