import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { displayWidth } from "../../../lib/cli/text/table.ts";
import { espalier } from "../espalier.ts";

const ROOT = join(import.meta.dirname, "../../..");
let cwd = "";

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "espalier-cost-"));
  await espalier(["init", "hello"], { cwd });
  cwd = join(cwd, "hello");
});
afterAll(() => rm(join(cwd, ".."), { recursive: true, force: true }));

async function document(...argv: string[]) {
  const { stdout, stderr, exitCode } = await espalier([...argv, "--json"], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("cost", () => {
  it("goes by the plan where nothing has run, and says so, in 80 columns", async () => {
    const { exitCode, stdout, stderr } = await espalier(
      ["cost", "license-review", "--data", join(cwd, "none")],
      { cwd: ROOT },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("1,000 runs a month");
    expect(stdout).toMatch(/^Step Functions transitions +\d/m);
    expect(stdout).toContain("without free tier");
    for (const line of stdout.split("\n")) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(80);
    }
    const planned = await document("cost", "hello");
    expect(planned).toMatchObject({ recorded: null, region: "us-east-1", freeTier: false });
  });

  it("goes by what has run", async () => {
    const before = await document("cost", "hello", "--runs", "20");
    for (const name of ["one", "two"]) await espalier(["run", "hello", "--name", name], { cwd });
    const after = await document("cost", "hello", "--runs", "20");
    expect(after).toMatchObject({ recorded: { runs: 2, sameBundle: true }, runsPerMonth: 20 });
    // Measured, a greeting takes less than its timeout of a minute.
    expect(after.perRun).toBeLessThan(before.perRun);
    expect(after.perMonth).toBeCloseTo(after.perRun * 20, 9);
    const { stdout } = await espalier(["cost", "hello"], { cwd });
    expect(stdout).toContain("by the medians of 2 recorded runs");
  });

  it.each([
    [["cost", "nothing"], 1, /There is no workflow "nothing"/],
    [["cost", "hello", "--runs", "0"], 2, /--runs.*whole number/],
    [["cost"], 2, /missing required argument/i],
  ])("%j is exit code %i", async (argv, exitCode, message) => {
    const ran = await espalier(argv, { cwd });
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toMatch(message);
  });
});
