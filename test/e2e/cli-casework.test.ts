import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { espalier } from "../cli/espalier.ts";

const ROOT = resolve(import.meta.dirname, "../..");

let data = "";
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "espalier-casework-"));
});
afterAll(async () => {
  await rm(data, { recursive: true, force: true, maxRetries: 10 });
});

describe("npm start -- casework", () => {
  it("goes from a wrong result to a patch that a person has approved", async () => {
    const { exitCode, stdout, stderr } = await espalier(["demo", "casework", "--data", data], {
      cwd: ROOT,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^[\P{Cc}\n]*$/u);
    expect(stdout).toMatch(/^ {2}spdx-exceptions@[\d.]+: unclear$/m);
    expect(stdout).toContain("Answered by a stand-in (scripted, no model).");
    expect(stdout).toMatch(/refused: The scenario cc-by-is-for-a-person was passed and is fail/);
    expect(stdout).toMatch(/^ {2}current +allowed: exception until /m);
    expect(stdout).toMatch(/^ {2}tests +the case was failed, and is passed$/m);
    expect(stdout).toMatch(/^ {12}\d+ other scenarios: 0 worse, 0 better$/m);
    expect(stdout).toContain("approved  by demo@example.com");
    const wide = stdout.split("\n").filter((line) => line.length > 80 && !line.includes(data));
    expect(wide.filter((line) => !/^ {2}[ +-]|espalier (?:decide|show|run) /.test(line))).toEqual(
      [],
    );

    const [, folder = ""] = /^ {2}(\S+\/proposal)\/$/m.exec(stdout) ?? [];
    const patch = await readFile(join(folder, "change.patch"), "utf8");
    const files = [...patch.matchAll(/^diff --git base\/(\S+) /gm)].map(([, path = ""]) => path);
    expect(files).toEqual(
      expect.arrayContaining([
        "bundles/license-review/bundle.lock.json",
        "bundles/license-review/policy/licences.yaml",
        "bundles/license-review/workflow.yaml",
        "statemachines/license-review.asl.json",
      ]),
    );
    const others = files.filter((path) => !path.includes("/scenarios/spdx-exceptions-"));
    expect(others).toHaveLength(4);
    const page = await readFile(join(folder, "three-way.html"), "utf8");
    expect(page).toContain("spdx-exceptions");
  }, 300_000);

  it("is refused elsewhere: it mends what it is started in", async () => {
    const { exitCode, stderr } = await espalier(["demo", "casework"], { cwd: data });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
    expect(stderr).toContain("Go to the repository first");
  });
});
