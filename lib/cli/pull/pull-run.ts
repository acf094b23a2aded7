/** Brings a run that has ended from where it ran into the data folder, as if it had run here. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunListing } from "../../replay/recorded-run.ts";
import type { RunRecord } from "../../runtime/control.ts";
import type { KeptFiles } from "../../runtime/kept-files.ts";
import { PULLED_FILE, type Pulled } from "../../runtime/pulled-run.ts";
import { PLAN_FILE, SNAPSHOT_FILES } from "../../runtime/run-snapshot.ts";
import { Failure } from "../failure.ts";
import { type PulledArtifacts, pullArtifacts } from "./pull-artifacts.ts";
import { bytesOf, pullBundle } from "./pull-bundle.ts";

export interface PullRequest {
  readonly kept: KeptFiles;
  readonly run: RunRecord;
  readonly dataDir: string;
  /** What is told of where it comes from. */
  readonly pulled: Pulled;
  readonly artifacts: boolean;
}

export interface PullReport {
  readonly run: RunRecord;
  readonly folder: string;
  /** False: it was here already, as it is there. */
  readonly isNew: boolean;
  readonly bundle: { readonly digest: string; readonly isNew: boolean };
  /** Null: they were not asked for. */
  readonly artifacts: PulledArtifacts | null;
}

/**
 * The bundle and the artifacts come first, the run last and at once: broken off anywhere, the same call
 * goes on. Every file is held against its digest. Throws `Failure`: `RunNotEnded`, `RunNotKept`,
 * `RunCorrupt`, `RunExists`, `BundleNotKept`, `BundleCorrupt`, `ArtifactCorrupt`.
 */
export async function pullRun(request: PullRequest): Promise<PullReport> {
  const { kept, run, dataDir } = request;
  const [{ openDataFolder }, { openPorts }, { recordStatus }] = await Promise.all([
    import("../../local/runtime/data-folder.ts"),
    import("../../local/ports/index.ts"),
    import("../../runtime/runs.ts"),
  ]);
  const listed = await readListing(kept, run);
  const data = await openDataFolder(dataDir);
  const folder = join(data.runs, run.id);
  const standing = await standingIn(folder, listed.text, run.id);
  const { digest } = listed.listing.run;
  const bundle = await pullBundle(kept, digest, listed.listing.plan, dataDir);
  const ports = openPorts(data.ports);
  const artifacts = request.artifacts
    ? await pullArtifacts(kept, listed.listing, ports.artifacts)
    : null;
  if (standing !== "same") {
    await removeAbandoned(data.runs);
    const draft = join(data.runs, `${DRAFT}${randomUUID()}`);
    try {
      await mkdir(draft, { recursive: true });
      for (const [file, expected] of Object.entries(listed.listing.files)) {
        await bringFile(kept, run.id, file, expected.digest, draft);
      }
      await write(join(draft, PLAN_FILE), [bundle.planText]);
      await write(join(draft, PULLED_FILE), [jsonText(request.pulled)]);
      await write(join(draft, SNAPSHOT_FILES.run), [listed.text]);
      if (standing === "older") await rm(folder, { recursive: true });
      await rename(draft, folder).catch(async (error: unknown) => {
        // Another call for the same run was quicker.
        if ((await standingIn(folder, listed.text, run.id)) !== "same") throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  const { redrives } = listed.listing;
  await recordStatus({ run: listed.listing.run, redrives }, ports);
  return {
    ...{ run: listed.listing.run, folder, isNew: standing !== "same", artifacts },
    bundle: { digest, isNew: bundle.isNew },
  };
}

const DRAFT = ".draft-";
const ABANDONED_MS = 3_600_000;

/** Removes what calls that were killed have left; those of running ones are younger. */
async function removeAbandoned(runs: string): Promise<void> {
  const names = await readdir(runs).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(DRAFT))) {
    const found = await stat(join(runs, name)).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < ABANDONED_MS) continue;
    await rm(join(runs, name), { recursive: true, force: true });
  }
}

async function readListing(
  kept: KeptFiles,
  run: RunRecord,
): Promise<{ readonly listing: RunListing; readonly text: Buffer }> {
  const text = await bytesOf(await kept.runFile(run.id, SNAPSHOT_FILES.run));
  if (text === undefined) {
    if (run.status === "RUNNING") {
      throw new Failure("RunNotEnded", `The run ${run.id} has not ended yet`, {
        hint: "A run is kept when it has ended. espalier show follows it until then.",
      });
    }
    throw new Failure("RunNotKept", `Nothing is kept of the run ${run.id}`, {
      hint: "It is written within seconds of a run's end, and kept as long as its retention class says.",
    });
  }
  const { RunListing } = await import("../../replay/recorded-run.ts");
  const listing = RunListing.safeParse(parsed(text)).data;
  const isPlain = Object.keys(listing?.files ?? {}).every((file) => /^[a-z][a-z.]*$/.test(file));
  if (listing?.run.id !== run.id || !isPlain) {
    throw corrupt(run.id, `${SNAPSHOT_FILES.run} is not what Espalier writes`);
  }
  return { listing, text };
}

/** What is here under that name. */
async function standingIn(
  folder: string,
  text: Buffer,
  run: string,
): Promise<"nothing" | "same" | "older"> {
  const own = await readFile(join(folder, SNAPSHOT_FILES.run)).catch(() => undefined);
  const isPulled = (await readFile(join(folder, PULLED_FILE)).catch(() => undefined)) !== undefined;
  if (own === undefined) return isPulled ? "older" : "nothing";
  if (isPulled) return own.equals(text) ? "same" : "older";
  throw new Failure("RunExists", `A run ${run} has run here`, {
    hint: "Two runs cannot have one name in a data folder: name another one with --data.",
  });
}

async function bringFile(
  kept: KeptFiles,
  run: string,
  file: string,
  digest: string,
  draft: string,
): Promise<void> {
  const stream = await kept.runFile(run, file);
  if (stream === undefined) throw corrupt(run, `${file} is missing`);
  const found = await write(join(draft, file), stream);
  if (found !== digest) throw corrupt(run, `${file} has other content than when it was written`);
}

/** Flushed to disk; returns the digest. */
async function write(
  path: string,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return `sha256:${hash.digest("hex")}`;
}

function corrupt(run: string, what: string): Failure {
  return new Failure("RunCorrupt", `What is kept of the run ${run} was changed: ${what}`, {
    hint: "Nothing was written here. Pull again; if it stays so, find out who wrote into the runs bucket.",
  });
}

function jsonText(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
