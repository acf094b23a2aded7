/** `espalier capture` and `espalier test`, as people and CI use them. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readTest } from "../../lib/cli/scenarios/stored-test.ts";
import { recorded } from "../replay/recorded.ts";
import { espalier } from "./espalier.ts";

const ROOT = resolve(import.meta.dirname, "../..");

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "espalier-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it("passes all scenarios of the shipped bundles, and keeps what they came to", async () => {
  const data = await emptyFolder();
  const junit = join(data, "report/junit.xml");
  const words = ["test", "license-review", "support-ticket", "--generate"];
  const options = ["--junit", junit, "--data", data, "--json"];
  const { exitCode, stdout } = await espalier([...words, ...options], { cwd: ROOT });
  const report = JSON.parse(stdout);
  const wrong = report.suites.flatMap((suite: { scenarios: { verdict: string }[] }) =>
    suite.scenarios.filter(({ verdict }) => verdict !== "passed"),
  );
  expect(wrong).toEqual([]);
  expect({ exitCode, isMet: report.isMet }).toEqual({ exitCode: 0, isMet: true });
  const [{ bundle, scenarios }] = report.suites;
  const origins = new Set(scenarios.map(({ origin }: { origin: string }) => origin));
  expect(origins).toEqual(new Set(["captured", "written", "generated"]));
  expect(await readTest(data, bundle)).toMatchObject({ isMet: true, workflow: "license-review" });
  expect(await readFile(junit, "utf8")).toContain('<testsuite name="license-review"');
});

it("captures a run from its folder, and never over a scenario that is there", async () => {
  const { folder, bundles } = await recorded({
    steps: "- { id: look, task: code/look.ts, effect: read }\n",
  });
  const bundle = await emptyFolder();
  await writeFile(join(bundle, "workflow.yaml"), "");
  const data = resolve(bundles, "..");
  const how = ["--as", "first", "--expect-old", "--bundle", bundle, "--data", data];
  const { exitCode, stdout } = await espalier(["capture", folder, ...how, "--json"]);
  expect({ exitCode, told: JSON.parse(stdout) }).toEqual({
    exitCode: 0,
    told: {
      ...{ scenario: expect.stringMatching(/\/scenarios\/first$/), name: "first" },
      files: ["expected.json", "input.json", "scenario.yaml", "world.json"],
      ...{ withheld: [], masked: [], isSame: true },
    },
  });
  const again = await espalier(["capture", folder, ...how]);
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain("There is a scenario first already\n  Choose another name");
});

it.each<[words: string[], says: string]>([
  [["capture", "x"], "name the scenario: --as NAME"],
  [["capture", "x", "--as", "No Name"], "expected a-z, 0-9 and dashes"],
  [["capture", "x", "--as", "n", "--expect-old", "--expect", "f"], "contradict each other"],
  [["capture", "x", "--as", "n", "--of", "{% 1 %}"], "--of says what --expect is about"],
  [["test", "--budget", "1"], "--budget limits --live"],
  [["test", "--repeat", "0"], "--repeat"],
])("espalier %j is wrong usage", async (words, says) => {
  const { exitCode, stderr } = await espalier(words, { cwd: await emptyFolder() });
  expect(exitCode).toBe(2);
  expect(stderr.replaceAll(/\s+/g, " ")).toContain(says);
});

it("says where there is nothing to test", async () => {
  const cwd = await emptyFolder();
  await mkdir(join(cwd, "bundles/empty"), { recursive: true });
  await writeFile(join(cwd, "bundles/empty/workflow.yaml"), "");
  const { exitCode, stderr } = await espalier(["test"], { cwd });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("There are no scenarios in bundles/empty: no folder scenarios/");
});
