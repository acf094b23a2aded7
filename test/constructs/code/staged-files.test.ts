import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stageFile, stageFolder } from "../../../lib/constructs/code/staged-files.ts";

let out: string;
let stack: Stack;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "espalier-staged-"));
  stack = new Stack(new App({ outdir: out, analyticsReporting: false }), "stack");
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const shared = Buffer.from("the same for all");
const staged = () => readdirSync(out).filter((name) => name.startsWith("asset."));

describe("files of an asset", () => {
  it.each([[{}], [{ "aws:cdk:disable-asset-staging": true }]])(
    "are used where they were written, with the context %j",
    (context) => {
      const app = new App({ outdir: out, analyticsReporting: false, context });
      const here = new Stack(app, "here");
      const folder = stageFolder(here, new Map<string, Uint8Array | string>([["a/b.txt", shared]]));
      const file = stageFile(here, "digest", ".gz", () => shared);
      const assets = [
        new Asset(here, "Folder", { path: folder.path, assetHash: folder.assetHash }),
        new Asset(here, "File", { path: file.path, assetHash: file.assetHash }),
      ];
      expect(staged()).toHaveLength(2);
      for (const { assetPath } of assets) {
        expect(staged()).toContain(assetPath.split("/").at(-1));
      }
      expect(readFileSync(join(folder.path, "a/b.txt"))).toEqual(shared);
      expect(readFileSync(file.path)).toEqual(shared);
    },
  );

  it("have a hash by paths and bytes, in whatever order they come", () => {
    const hash = (...files: [string, Uint8Array | string][]) =>
      stageFolder(stack, new Map(files)).assetHash;
    const first = hash(["a", "1"], ["b", shared]);
    expect(hash(["b", Buffer.from(shared)], ["a", Buffer.from("1")])).toBe(first);
    expect(staged()).toHaveLength(1);
    expect(
      new Set([first, hash(["a", "2"], ["b", shared]), hash(["c", "1"], ["b", shared])]),
    ).toHaveLength(3);
  });

  it("take space once, if several assets have them", () => {
    const one = stageFolder(
      stack,
      new Map<string, Uint8Array | string>([
        ["host", shared],
        ["own", "1"],
      ]),
    );
    const two = stageFolder(
      stack,
      new Map<string, Uint8Array | string>([
        ["host", Buffer.from(shared)],
        ["own", "2"],
      ]),
    );
    expect(statSync(join(two.path, "host")).ino).toBe(statSync(join(one.path, "host")).ino);
    expect(readFileSync(join(two.path, "own"), "utf8")).toBe("2");
  });

  it("are written again when somebody has emptied the folder", () => {
    const files = new Map<string, Uint8Array | string>([["host", shared]]);
    const { path } = stageFolder(stack, files);
    rmSync(path, { recursive: true });
    stageFolder(stack, files);
    const other = stageFolder(
      stack,
      new Map<string, Uint8Array | string>([
        ["host", shared],
        ["own", "1"],
      ]),
    );
    rmSync(path, { recursive: true });
    stageFolder(
      stack,
      new Map<string, Uint8Array | string>([
        ["host", shared],
        ["own", "2"],
      ]),
    );
    expect(readFileSync(join(other.path, "host"))).toEqual(shared);
    expect(staged()).toHaveLength(2);
  });

  it("are not written for a file that is there", () => {
    stageFile(stack, "digest", ".gz", () => shared);
    const again = stageFile(stack, "digest", ".gz", () => {
      throw new Error("asked for nothing");
    });
    expect(readFileSync(again.path)).toEqual(shared);
  });
});
