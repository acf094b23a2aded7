import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  bundleDigest,
  bundleFiles,
  codeDigests,
  contentOfFiles,
} from "../../lib/bundle/bundle-files.ts";
import { listedFiles, sha256 } from "../../lib/bundle/digest.ts";
import { type Bundle, loadBundle } from "../../lib/bundle/index.ts";

const HELLO = join(import.meta.dirname, "../../lib/cli/template/bundles/hello");

let bundle: Bundle;
let files: Map<string, Uint8Array>;

beforeAll(async () => {
  const loaded = await loadBundle(HELLO);
  if (!loaded.bundle) throw new Error("The template has errors.");
  bundle = loaded.bundle;
  files = new Map([...bundleFiles(bundle)].map(([path, content]) => [path, Buffer.from(content)]));
});

describe("a bundle as files", () => {
  it("is what it was when it is read back", () => {
    const { sources, code } = contentOfFiles(files);
    expect(sources).toEqual(bundle.sources);
    expect(code).toEqual(bundle.code);
  });

  it("has the bundle's digest by its listing alone, and another with any other byte", () => {
    expect(bundleDigest(listedFiles(files))).toBe(bundle.digest);
    for (const [path, bytes] of files) {
      const changed = listedFiles(new Map(files).set(path, Buffer.concat([bytes, Buffer.of(32)])));
      // A source map makes no difference to a run.
      expect(bundleDigest(changed) === bundle.digest).toBe(path.endsWith(".map"));
    }
  });

  it("names the digest of the code of each entry", () => {
    const digests = codeDigests(listedFiles(files));
    expect([...digests]).toEqual([...bundle.code].map(([entry, { js }]) => [entry, sha256(js)]));
  });
});
