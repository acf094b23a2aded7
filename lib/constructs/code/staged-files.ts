/**
 * Files on their way into an asset, written once: straight to where the CDK would copy them. It then
 * finds the asset staged and neither reads nor copies it, and `cdk synth --no-staging`, which leaves
 * assets where they are, leaves them in the cloud assembly.
 */
import { createHash } from "node:crypto";
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Stage } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import type { Package } from "./handlers.ts";

export interface StagedFiles {
  /** Folder, or the one file, in the cloud assembly. */
  readonly path: string;
  /** For `assetHash`: depends on the paths and bytes of the files alone. */
  readonly assetHash: string;
}

/** Stages a folder with the files. Throws an `Error` outside of an app. */
export function stageFolder(scope: IConstruct, files: Package): StagedFiles {
  const assetHash = digestOf(files);
  const path = placeOf(scope, assetHash, ".files");
  if (!existsSync(path)) {
    // Whole or not at all: a synthesis that is broken off must not leave half an asset to the next.
    const unfinished = `${path}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    for (const [name, content] of files) {
      const file = join(unfinished, name);
      mkdirSync(dirname(file), { recursive: true });
      writeOrLink(file, content, dirname(path));
    }
    renameSync(unfinished, path);
    for (const [name, content] of files) remember(join(path, name), content, dirname(path));
  }
  return { path, assetHash };
}

/** Stages one file, known by `assetHash`; `extension` with its dot. `content` is asked if it is new. */
export function stageFile(
  scope: IConstruct,
  assetHash: string,
  extension: string,
  content: () => Uint8Array,
): StagedFiles {
  const path = placeOf(scope, assetHash, extension);
  if (!existsSync(path)) {
    writeFileSync(`${path}.unfinished`, content());
    renameSync(`${path}.unfinished`, path);
  }
  return { path, assetHash };
}

/**
 * As `AssetStaging` names what has a hash of its own, extension included, folders too. If it did
 * otherwise, it would make a copy.
 */
function placeOf(scope: IConstruct, assetHash: string, extension: string): string {
  const folder = Stage.of(scope)?.assetOutdir;
  if (folder === undefined) throw new Error(`${scope.node.path} is not part of an app.`);
  const hash = createHash("sha256").update(assetHash).digest("hex");
  return join(folder, `asset.${hash}${extension}`);
}

/** Where the content is in a cloud assembly: its folder, then a digest → a file. */
const written = new Map<string, Map<string, string>>();

/**
 * All steps carry the same host: a link to a file that is there takes a thirtieth of the time that
 * writing it again does, and no space.
 */
function writeOrLink(file: string, content: Uint8Array | string, assembly: string): void {
  const same = written.get(assembly)?.get(contentDigest(content));
  if (same !== undefined) {
    try {
      linkSync(same, file);
      return;
    } catch {
      // Not every file system has links, and somebody may have emptied the folder.
    }
  }
  writeFileSync(file, content);
}

function remember(file: string, content: Uint8Array | string, assembly: string): void {
  if (typeof content === "string") return;
  const files = written.get(assembly) ?? new Map<string, string>();
  written.set(assembly, files.set(contentDigest(content), file));
}

/** Most files are in many packages. */
const digests = new WeakMap<Uint8Array, string>();

function digestOf(files: Package): string {
  const hash = createHash("sha256");
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${JSON.stringify(path)} ${contentDigest(content)}\n`);
  }
  return hash.digest("hex");
}

function contentDigest(content: Uint8Array | string): string {
  const known = typeof content === "string" ? undefined : digests.get(content);
  if (known !== undefined) return known;
  const digest = createHash("sha256").update(content).digest("hex");
  if (typeof content !== "string") digests.set(content, digest);
  return digest;
}
