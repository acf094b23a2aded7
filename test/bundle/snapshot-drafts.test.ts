import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { removeDrafts, writeSnapshot } from "../../lib/bundle/snapshot.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

async function store(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "espalier-drafts-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it("what a killed writer has left goes, and what another one writes stays", async () => {
  const folder = await store();
  const { pid: ended } = spawnSync(process.execPath, ["--version"]);
  for (const name of [`.draft-${ended}-x`, ".draft-older", `.draft-${process.ppid}-y`]) {
    await mkdir(join(folder, name));
  }
  await removeDrafts(folder);
  expect(await readdir(folder)).toEqual([`.draft-${process.ppid}-y`]);
});

it("a snapshot is whole, however often others tidy while it is written", async () => {
  const folder = await store();
  const names = Array.from({ length: 60 }, (_, i) => `files/${i}.txt`);
  const files = new Map(names.map((name) => [name, name]));
  const written = writeSnapshot(folder, DIGEST, files).then(() => true);
  for (let isDone = false; !isDone; ) {
    await removeDrafts(folder);
    isDone = await Promise.race([written, Promise.resolve(false)]);
  }
  expect(await readdir(join(folder, DIGEST.replace(":", "-"), "files"))).toHaveLength(60);
});
