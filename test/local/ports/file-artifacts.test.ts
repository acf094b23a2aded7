import { appendFile, mkdtemp, readdir, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileArtifacts } from "../../../lib/local/ports/index.ts";
import { readAll } from "../../../lib/runtime/artifact-handle.ts";

const text = { mediaType: "text/plain" };

describe("artifacts on files", () => {
  let folder: string;
  let artifacts: FileArtifacts;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "espalier-artifacts-"));
    artifacts = new FileArtifacts(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const placeOf = (digest: string) => {
    const hex = digest.slice("sha256:".length);
    return join(folder, hex.slice(0, 2), hex);
  };

  it.each<[string, (path: string) => Promise<void>]>([
    ["cut", (path) => truncate(path, 999_999)],
    ["emptied", (path) => truncate(path, 0)],
    ["longer", (path) => appendFile(path, "x")],
    ["other bytes of the same length", (path) => writeFile(path, Buffer.alloc(1_000_000, "b"))],
  ])("never give the last bytes of a file that is %s", async (_case, damage) => {
    const { $artifact } = await artifacts.put(Buffer.alloc(1_000_000, "a"), text);
    await damage(placeOf($artifact));
    await expect(readAll(artifacts.open($artifact))).rejects.toMatchObject({
      name: "ArtifactCorrupt",
    });
  });

  it("replace a cut file when its bytes are stored again", async () => {
    const body = Buffer.alloc(1000, "a");
    const { $artifact } = await artifacts.put(body, text);
    await truncate(placeOf($artifact), 10);
    await artifacts.put(body, text);
    expect(await readAll(artifacts.open($artifact))).toHaveLength(1000);
  });

  it("hold a fraction of a large stream in memory", async () => {
    const piece = Buffer.alloc(1_000_000, "large ");
    let peak = 0;
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 200; count++) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers);
        yield Buffer.from(piece);
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    const { $artifact, bytes } = await artifacts.put(body(), text);
    expect(bytes).toBe(200_000_000);
    let read = 0;
    for await (const chunk of artifacts.open($artifact)) {
      read += chunk.byteLength;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    }
    expect(read).toBe(200_000_000);
    expect(peak - before).toBeLessThan(100_000_000);
  });

  it("leave nothing pending behind, and clean up only what is old", async () => {
    await artifacts.put(Buffer.from("x"), text);
    const pending = join(folder, "pending");
    expect(await readdir(pending)).toEqual([]);
    await writeFile(join(pending, "old.tmp"), "left by a killed process");
    await writeFile(join(pending, "new.tmp"), "being written");
    const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(pending, "old.tmp"), hoursAgo, hoursAgo);
    await artifacts.tidy();
    expect(await readdir(pending)).toEqual(["new.tmp"]);
  });
});
