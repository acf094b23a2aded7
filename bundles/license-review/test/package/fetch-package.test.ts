import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchPackage, isLicenceFile, LIMITS } from "../../code/package/fetch-package.ts";
import {
  archiveOf,
  type Entry,
  integrityOf,
  type LocalRegistry,
  startRegistry,
} from "./local-registry.ts";

let cache: string;
let registry: LocalRegistry | undefined;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "license-review-"));
});
afterEach(async () => {
  await registry?.close();
  registry = undefined;
  // npm's cache may still be writing what a failed test asked for.
  await rm(cache, { recursive: true, force: true, maxRetries: 10 });
});

async function serve(entries: readonly Entry[], options = {}): Promise<Buffer> {
  const archive = archiveOf(entries);
  registry = await startRegistry(new Map([["odd@1.0.0", archive]]), options);
  return archive;
}

const fetchOdd = (integrity: string | null = null, url = registry?.url ?? "http://127.0.0.1:9/") =>
  fetchPackage("odd", "1.0.0", integrity, { registry: url, cache });

const LICENCE: Entry = { path: "package/LICENSE", content: "the text" };

describe("a package's files", () => {
  test("are those that speak of its licence, whatever the folder at the top is called", async () => {
    await serve([
      { path: "odd-1.0.0/LICENSE", content: "the text" },
      { path: "odd-1.0.0/package.json", content: "{}" },
      { path: "odd-1.0.0/Readme.md", content: "# odd" },
      { path: "odd-1.0.0/lib/LICENSE", content: "of something else" },
      { path: "odd-1.0.0/index.js", content: "throw new Error()" },
    ]);
    const files = await fetchOdd();
    expect(files.map(({ path }) => path)).toEqual(["LICENSE", "Readme.md", "package.json"]);
    expect(files[0]).toMatchObject({
      text: "the text",
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  test("come from the cache without any network, if their digest is known", async () => {
    const archive = await serve([LICENCE]);
    await fetchOdd(integrityOf(archive));
    await registry?.close();
    expect(await fetchOdd(integrityOf(archive))).toMatchObject([{ path: "LICENSE" }]);
  });

  test("of a scoped package lie where npm puts them", async () => {
    const archive = archiveOf([LICENCE]);
    registry = await startRegistry(new Map([["@acme/odd@1.0.0", archive]]));
    const files = await fetchPackage("@acme/odd", "1.0.0", integrityOf(archive), {
      registry: registry.url,
      cache,
    });
    expect(files).toHaveLength(1);
    expect(registry.asked).toContain("/@acme/odd/-/odd-1.0.0.tgz");
  });

  test("are read only up to a limit each", async () => {
    await serve([{ path: "package/LICENSE", content: "x".repeat(LIMITS.file + 10_000) }]);
    const [file] = await fetchOdd();
    expect(file?.text).toHaveLength(LIMITS.file);
  });

  test("outside of the package, and links, are nothing", async () => {
    await serve([
      { path: "../../LICENSE", content: "escaped" },
      { path: "/etc/LICENSE", content: "absolute" },
      { path: "package/COPYING", type: "SymbolicLink", linkpath: "/etc/passwd" },
      LICENCE,
    ]);
    expect((await fetchOdd()).map(({ path, text }) => [path, text])).toEqual([
      ["LICENSE", "the text"],
    ]);
  });
});

describe("a package that cannot be read says why", () => {
  test("not in the registry", async () => {
    registry = await startRegistry(new Map());
    await expect(fetchOdd()).rejects.toThrow("the registry does not have it");
  });

  test("no network and not in the cache", async () => {
    await expect(fetchOdd()).rejects.toThrow(
      "not in the cache, and the registry cannot be reached",
    );
  });

  test("another archive than the SBOM lists", async () => {
    await serve([LICENCE]);
    await expect(fetchOdd(integrityOf(Buffer.from("other")))).rejects.toThrow(
      "does not match its digest",
    );
  });

  test("another archive than the registry's metadata names", async () => {
    await serve([LICENCE], { lie: true });
    await expect(fetchOdd()).rejects.toThrow("does not match its digest");
  });

  test("no archive", async () => {
    const archive = Buffer.from("<html>Not the file you want</html>");
    registry = await startRegistry(new Map([["odd@1.0.0", archive]]));
    await expect(fetchOdd(integrityOf(archive))).rejects.toThrow("its archive is broken");
  });

  test("an archive that unpacks to a thousand times its size", async () => {
    await serve([{ path: "package/zeros", content: "0".repeat(64 * 1024 * 1024) }]);
    await expect(fetchOdd()).rejects.toThrow("its archive is broken (TAR_ABORT)");
  });

  test.each([
    ["bytes", { unpacked: 10 }, "the limit of 10 bytes"],
    ["files", { files: 1 }, "the limit of 1 files"],
    ["bytes in its archive", { archive: 20 }, "an archive of 20 bytes"],
  ])("more %s than anybody needs", async (_, limits, message) => {
    await serve([LICENCE, { path: "package/COPYING", content: "more" }]);
    const options = { registry: registry?.url ?? "", cache, limits };
    await expect(fetchPackage("odd", "1.0.0", null, options)).rejects.toThrow(message);
  });
});

test.each([
  ["LICENSE", true],
  ["LICENCE.md", true],
  ["license.txt", true],
  ["LICENSE-MIT", true],
  ["LICENSE.APACHE2", true],
  ["MIT-LICENSE.txt", true],
  ["COPYING", true],
  ["COPYING.LESSER", true],
  ["UNLICENSE", true],
  ["LICENSES/MIT.txt", true],
  ["license.js", false],
  ["licenses.json", false],
  ["lib/LICENSE", false],
  ["README.md", false],
  ["licensed-things/index.txt", false],
])("%s is a licence file: %s", (path, expected) => {
  expect(isLicenceFile(path)).toBe(expected);
});
