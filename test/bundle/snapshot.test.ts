import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSnapshot, SnapshotError, writeSnapshot } from "../../lib/bundle/index.ts";

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), "espalier-snapshot-"));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

const DIGEST = `sha256:${"0".repeat(64)}`;
const FILES = new Map<string, Uint8Array | string>([
  ["plan.json", "{}\n"],
  ["code/work.ts.mjs", "export default 1;\n"],
  ["files/policy/a.bin", Uint8Array.from([0, 255, 10])],
]);

/** Beside the blobs. */
const names = () => readdirSync(store).filter((name) => name !== ".blobs");
const inode = (folder: string, path: string) => statSync(join(folder, path)).ino;

describe("a snapshot", () => {
  it("gives back what was written, and nothing lies beside it", async () => {
    await writeSnapshot(store, DIGEST, FILES);
    const read = await readSnapshot(store, DIGEST);
    expect([...read].map(([path, bytes]) => [path, [...bytes]])).toEqual(
      [...FILES].sort().map(([path, content]) => [path, [...Buffer.from(content)]]),
    );
    expect(names()).toHaveLength(1);
  });

  it("is written once; writers at the same time agree", async () => {
    const folders = await Promise.all(
      Array.from({ length: 8 }, () => writeSnapshot(store, DIGEST, FILES)),
    );
    expect(new Set(folders).size).toBe(1);
    expect(names()).toHaveLength(1);
    await writeSnapshot(store, DIGEST, new Map([["plan.json", "other"]]));
    expect((await readSnapshot(store, DIGEST)).size).toBe(FILES.size);
  });

  it("stores once what several bundles have in common", async () => {
    const other = `sha256:${"1".repeat(64)}`;
    const one = await writeSnapshot(store, DIGEST, FILES);
    const two = await writeSnapshot(store, other, new Map([...FILES, ["plan.json", "[]\n"]]));
    expect(inode(one, "code/work.ts.mjs")).toBe(inode(two, "code/work.ts.mjs"));
    expect(inode(one, "plan.json")).not.toBe(inode(two, "plan.json"));
    // As many blobs as there are contents.
    expect(readdirSync(join(store, ".blobs"))).toHaveLength(FILES.size + 1);
    rmSync(one, { recursive: true });
    expect((await readSnapshot(store, other)).size).toBe(FILES.size);
  });

  it("does not take over what somebody has written into another one", async () => {
    const other = `sha256:${"1".repeat(64)}`;
    const one = await writeSnapshot(store, DIGEST, FILES);
    writeFileSync(join(one, "code/work.ts.mjs"), "export default 2;\n");
    await writeSnapshot(store, other, FILES);
    expect((await readSnapshot(store, other)).size).toBe(FILES.size);
  });

  it("names every file that is not what was written", async () => {
    const folder = await writeSnapshot(store, DIGEST, FILES);
    writeFileSync(join(folder, "plan.json"), "[]\n");
    rmSync(join(folder, "code/work.ts.mjs"));
    symlinkSync("plan.json", join(folder, "link.json"));
    await expect(readSnapshot(store, DIGEST)).rejects.toThrow("link.json is no file");
    rmSync(join(folder, "link.json"));
    await expect(readSnapshot(store, DIGEST)).rejects.toThrow(
      "code/work.ts.mjs is missing; plan.json has other content",
    );
  });

  it.each(["../out", "/etc/x", "a/../b", "a\\b", "", "snapshot.json"])(
    "does not take %j as a path",
    async (path) => {
      await expect(writeSnapshot(store, DIGEST, new Map([[path, ""]]))).rejects.toThrow(TypeError);
      expect(readdirSync(store)).toEqual([]);
    },
  );

  it.each(["", "../../etc", "sha256:12"])("does not look for %j", async (digest) => {
    await expect(readSnapshot(store, digest)).rejects.toThrow(SnapshotError);
  });

  it("that does not exist is missing", async () => {
    await expect(readSnapshot(store, DIGEST)).rejects.toMatchObject({ reason: "missing" });
  });

  it.each<[string, (folder: string) => void]>([
    [
      "other bytes in a file",
      (folder) => writeFileSync(join(folder, "code/work.ts.mjs"), "export default 2;\n"),
    ],
    ["a file less", (folder) => rmSync(join(folder, "plan.json"))],
    ["a file more", (folder) => writeFileSync(join(folder, "files/extra"), "")],
    ["no sound listing", (folder) => writeFileSync(join(folder, "snapshot.json"), "{")],
    [
      "a listing that was made to fit",
      (folder) => {
        const files = {
          "plan.json": {
            bytes: 0,
            digest: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          },
        };
        writeFileSync(join(folder, "plan.json"), "");
        writeFileSync(
          join(folder, "snapshot.json"),
          JSON.stringify({ format: 1, digest: DIGEST, content: "", files }),
        );
      },
    ],
  ])("with %s is corrupt", async (_name, change) => {
    const folder = await writeSnapshot(store, DIGEST, FILES);
    change(folder);
    await expect(readSnapshot(store, DIGEST)).rejects.toMatchObject({ reason: "corrupt" });
  });
});
