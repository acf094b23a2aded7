/** Every bundle of this repository comes through its own scenarios: what `espalier test` says in CI. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findBundles } from "../../lib/bundle/find-bundles.ts";
import { espalier } from "../cli/espalier.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const bundles = findBundles(ROOT).filter((folder) => existsSync(join(folder, "scenarios")));

let data = "";
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "espalier-scenarios-"));
});
afterAll(async () => {
  await rm(data, { recursive: true, force: true, maxRetries: 10 });
});

it.each(bundles.map((folder) => basename(folder)))("%s passes its scenarios", async (name) => {
  const { exitCode, stdout } = await espalier(["test", name, "--data", data], { cwd: ROOT });
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  expect(stdout).toMatch(/^ {2}\d+ scenarios: \d+ passed$/m);
});
