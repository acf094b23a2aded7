import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { displayWidth } from "../../../lib/cli/text/table.ts";
import { compile } from "../../../lib/compiler/index.ts";
import { bundleOf, TODAY } from "../../compiler/bundle-of.ts";
import { digestNumber, recordRun } from "../../replay/record-run.ts";
import { espalier } from "../espalier.ts";

let data = "";
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "espalier-replay-cli-"));
  const keep = async (id: string, digest: number, body: string) => {
    const steps = `- { id: first, task: code/a.ts, with: { n: "{% $input.n %}" } }\n- { id: second, task: code/b.ts, with: { of: "{% $first %}" } }\n`;
    const { plan } = compile(bundleOf(steps), { today: TODAY });
    if (!plan) throw new Error("no plan");
    const code = `export const work = ({ step: { id }, input }) => { ${body} };\nexport const handler = async (call) => work(call);\n`;
    const world = { behaviour: new Map(), input: { n: 1 }, config: {}, delay: () => 40, code };
    await recordRun(data, id, plan, world, digestNumber(digest));
  };
  await keep("steady", 1, "return { of: input };");
  await keep("unsteady", 2, 'return id === "first" ? { at: new Date().toISOString() } : 1;');
});
afterAll(() => rm(data, { recursive: true, force: true }));

const replay = (run: string, ...more: string[]) =>
  espalier(["replay", join(data, "runs", run), "--data", data, ...more]);

it("says that a run is identical", async () => {
  const { exitCode, stdout } = await replay("steady");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^first +task +ran again +same$/m);
  expect(stdout).toMatch(/Identical: 2 calls, 2 of them run again, and the same end \(SUCCEEDED\)/);
});

it("names what makes a run differ, in 80 columns, with exit code 1", async () => {
  const { exitCode, stdout } = await replay("unsteady");
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/first: differs\n {2}because of the clock: new Date\n/);
  expect(stdout).toMatch(/Not identical: it begins at first\./);
  for (const line of stdout.split("\n")) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
});

it("compares with a bundle that is kept under its digest, as one document", async () => {
  const { exitCode, stdout } = await replay("steady", "--against", digestNumber(2), "--json");
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    against: true,
    steps: [{ step: "first", verdict: "differs", cause: { source: "clock" } }, { step: "second" }],
  });
});

it("compares three ways: as it was, as it would be, and as somebody expects it", async () => {
  const right = join(data, "right.json");
  await writeFile(right, JSON.stringify({ steps: { second: 1 } }));
  const page = join(data, "page.html");
  const against = ["--against", digestNumber(2), "--expected", right];
  const { exitCode, stdout } = await replay("steady", ...against, "--html", page);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Better: all is as expected; before, 1 was not\.$/m);
  expect(stdout).toMatch(/^ {4}because of the clock \(new Date/m);
  for (const line of stdout.split("\n")) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
  expect(await readFile(page, "utf8")).toContain("Better: all is as expected");
  const document = JSON.parse((await replay("steady", ...against, "--json")).stdout);
  expect(document.threeWay).toMatchObject({
    ...{ format: 1, verdict: "better", expected: { off: { old: 1, current: 0 } }, open: [] },
    steps: [
      {
        ...{ step: "first", verdict: "differs" },
        differences: [
          { aspect: "output", because: [{ kind: "circumstance", source: "clock" }] },
          {},
        ],
      },
      { step: "second", differences: [{ current: 1, expected: 1, isExpected: true }] },
    ],
    // These bundles were kept without their manifests.
    changes: null,
  });
});

it.each<[what: string, args: string[], code: string, exitCode: number]>([
  ["a bundle that is not kept", ["--against", digestNumber(9)], "BundleNotKept", 1],
  ["an unknown step", ["--from", "third"], "StepNotFound", 1],
  ["an input without a step", ["--input", "x.json"], "Usage", 2],
  ["an expectation without another bundle", ["--expected", "x.json"], "Usage", 2],
  ["a page without another bundle", ["--html", "x.html"], "Usage", 2],
  ["a budget without --live", ["--budget", "1"], "Usage", 2],
])("refuses %s", async (_, args, code, exitCode) => {
  const refused = await replay("steady", "--json", ...args);
  expect(refused.exitCode).toBe(exitCode);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code } });
});
