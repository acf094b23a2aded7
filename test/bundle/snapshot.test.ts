import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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

describe("a snapshot", () => {
  it("gives back what was written, and nothing lies beside it", async () => {
    await writeSnapshot(store, DIGEST, FILES);
    const read = await readSnapshot(store, DIGEST);
    expect([...read].map(([path, bytes]) => [path, [...bytes]])).toEqual(
      [...FILES].map(([path, content]) => [path, [...Buffer.from(content)]]),
    );
    expect(readdirSync(store)).toHaveLength(1);
  });

  it("is written once; writers at the same time agree", async () => {
    const folders = await Promise.all(
      Array.from({ length: 8 }, () => writeSnapshot(store, DIGEST, FILES)),
    );
    expect(new Set(folders).size).toBe(1);
    expect(readdirSync(store)).toHaveLength(1);
    await writeSnapshot(store, DIGEST, new Map([["plan.json", "other"]]));
    expect((await readSnapshot(store, DIGEST)).size).toBe(FILES.size);
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
