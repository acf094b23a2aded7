/** The agent's tools against a registry of our own: they read one package, and nothing beside it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepDefinition } from "espalier";
import { runStep } from "espalier/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import listFiles from "../../toolsets/package-files/list-files.ts";
import readFile from "../../toolsets/package-files/read-file.ts";
import { archiveOf, type LocalRegistry, startRegistry } from "../package/local-registry.ts";

let registry: LocalRegistry;
let cache: string;

beforeAll(async () => {
  const archive = archiveOf([
    { path: "package/package.json", content: "{}" },
    { path: "package/LICENSE", content: "first" },
    { path: "package/LICENSE", content: "second" },
    { path: "package/lib/long.txt", content: "x".repeat(30_000) },
    { path: "package/icon.png", content: "\u0089PNG\u0000\u0001" },
    { path: "package/link", type: "SymbolicLink", linkpath: "/etc/passwd" },
    { path: "package/../../etc/passwd", content: "root" },
    { path: "package//etc/shadow", content: "root" },
    { path: "package/huge.txt", content: "y".repeat(600 * 1024) },
  ]);
  const many = archiveOf(
    Array.from({ length: 650 }, (_, i) => ({ path: `package/f${1000 + i}`, content: "" })),
  );
  registry = await startRegistry(
    new Map([
      ["odd@1.0.0", archive],
      ["many@1.0.0", many],
    ]),
  );
  cache = await mkdtemp(join(tmpdir(), "license-review-"));
  vi.stubEnv("npm_config_registry", registry.url);
  vi.stubEnv("npm_config_cache", cache);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await registry.close();
  await rm(cache, { recursive: true, force: true, maxRetries: 10 });
});

const given = (name = "odd") => ({ package: { name, version: "1.0.0", integrity: null } });
const list = (input: object = {}, name?: string) =>
  runStep(listFiles as StepDefinition, input, { given: given(name), effect: "read" });
const read = (input: object, name?: string) =>
  runStep(readFile as StepDefinition, input, { given: given(name), effect: "read" });

describe("list_files", () => {
  test("names files, the ones at the top first; no links, and nothing outside of the package", async () => {
    expect(await list()).toEqual({
      files: [
        { path: "LICENSE", bytes: 6 },
        { path: "huge.txt", bytes: 614_400 },
        { path: "icon.png", bytes: 7 },
        { path: "package.json", bytes: 2 },
        { path: "lib/long.txt", bytes: 30_000 },
      ],
      total: 5,
      next: null,
    });
  });

  test("gives long lists in pages", async () => {
    expect(await list({}, "many")).toMatchObject({ total: 650, next: 300 });
    const last = (await list({ from: 600 }, "many")) as { files: unknown[] };
    expect(last).toMatchObject({ next: null });
    expect(last.files).toHaveLength(50);
  });

  test("of a package that is not to be had says so", async () => {
    await expect(list({}, "lost")).rejects.toMatchObject({
      name: "Package.Unavailable",
      message: expect.stringContaining("the registry does not have it"),
    });
  });
});

describe("read_file", () => {
  test("reads what an unpacker would leave of two entries with one path", async () => {
    expect(await read({ path: "LICENSE" })).toEqual({
      path: "LICENSE",
      text: "second",
      from: 0,
      next: null,
      of: 6,
    });
  });

  test("reads long files in pages", async () => {
    const first = (await read({ path: "lib/long.txt" })) as { text: string };
    expect(first).toMatchObject({ from: 0, next: 12_000, of: 30_000 });
    expect(first.text).toHaveLength(12_000);
    expect(await read({ path: "lib/long.txt", from: 24_000 })).toMatchObject({ next: null });
    expect(await read({ path: "lib/long.txt", from: 99_999 })).toMatchObject({
      text: "",
      next: null,
    });
  });

  test("says where a huge one is cut", async () => {
    const end = (await read({ path: "huge.txt", from: 520_000 })) as { text: string };
    expect(end.text).toContain("only the first 524288 bytes");
  });

  test.each([
    "../../etc/passwd",
    "/etc/passwd",
    "etc/passwd",
    "/etc/shadow",
    "link",
    "lib",
    "lib/../LICENSE",
    "package/LICENSE",
    "__proto__",
  ])("has no %s", async (path) => {
    await expect(read({ path })).rejects.toMatchObject({ name: "File.NotFound" });
  });

  test("reads no binary", async () => {
    await expect(read({ path: "icon.png" })).rejects.toMatchObject({ name: "File.NotText" });
  });

  test("takes no package from the model", async () => {
    await expect(read({ path: "LICENSE", package: "other" })).rejects.toMatchObject({
      name: "Contract.InputInvalid",
    });
    await expect(
      runStep(readFile as StepDefinition, { path: "LICENSE" }, { given: {} }),
    ).rejects.toMatchObject({ name: "Step.Failed" });
  });
});
