import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { espalier } from "../cli/espalier.ts";

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "espalier-demo-"));
});
afterAll(async () => {
  await rm(cwd, { recursive: true, force: true });
});

describe("the demo", () => {
  it("runs the licence review of this repository from any folder, and what it proposes works", async () => {
    const { exitCode, stdout, stderr } = await espalier(["demo"], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^[\P{Cc}\n]*$/u);
    expect(stdout).toMatch(/^ {2}npm sbom: CycloneDX 1\.\d, \d+ components$/m);
    expect(stdout).toMatch(/^ {2}inventory +task +[\d.]+ m?s {2}done$/m);
    expect(stdout).toMatch(/^ {4}inspect +task +.* \d+ done$/m);
    expect(stdout).toContain("The run waits for a person");
    // Where packages can be had: without any network nothing is left for the agent.
    if (/^ +claim +agent/m.test(stdout)) {
      expect(stdout).toContain("Answered by a stand-in (scripted, no model).");
      expect(stdout).toMatch(/^ {4}turn 1 +list_files$/m);
      expect(stdout).toMatch(/^ {4}turn 2 +read_file .*LICENSE/m);
      expect(stdout).toMatch(/^ {4}claims +\S+/m);
      expect(stdout).toMatch(/^ {4}code +(?:verified|not verified): /m);
    }
    expect(stdout).toMatch(/^ {2}\d+ components of espalier\n {2} *\d+ allowed\n/m);
    expect(stdout).toContain("approved by demo@example.com");

    const wide = stdout.split("\n").filter((line) => line.length > 80 && !line.includes(cwd));
    expect(wide.filter((line) => !/espalier (?:decide|show|run) /.test(line))).toEqual([]);

    const proposed = [...stdout.matchAll(/^ {2}espalier (show .+)$/gm)].map(
      ([, line = ""]) => line,
    );
    expect(proposed).toHaveLength(2);
    for (const line of proposed) {
      expect(await espalier(line.split(" "), { cwd })).toMatchObject({ exitCode: 0, stderr: "" });
    }
  });

  it("works a second time, as one document, with the files that it names", async () => {
    const { exitCode, stdout, stderr } = await espalier(["demo", "--json"], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const { run, report, files } = JSON.parse(stdout);
    expect(run).toMatchObject({ id: expect.any(String), status: "SUCCEEDED" });
    const { components, allowed, denied, unclear } = report.counts;
    expect(components).toBe(allowed + denied + unclear);
    expect(report.decisions).toHaveLength(components);
    expect(report.approval).toMatchObject({ by: "demo@example.com", reason: expect.any(String) });
    const written = JSON.parse(await readFile(join(cwd, files[0]), "utf8"));
    expect(written.counts).toEqual(report.counts);
  });
});
