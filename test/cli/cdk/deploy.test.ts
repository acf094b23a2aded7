/** `deploy` and `destroy` hand over to whatever CDK CLI the folder has: here one that notes its call. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { espalier } from "../espalier.ts";

const TEMPLATE = join(import.meta.dirname, "../../../lib/cli/template");
const CDK = `
const { writeFileSync } = require("node:fs");
const { AWS_REGION, MARK } = process.env;
writeFileSync("called.json", JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), AWS_REGION, MARK }));
if (process.argv.includes("--wait")) setInterval(() => {}, 1000);
else process.exitCode = process.argv.includes("--fail") ? 3 : 0;
`;

let cwd = "";
const env = { MARK: "shell" };

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "espalier-cdk-"));
  await cp(TEMPLATE, cwd, { recursive: true });
  const cdk = join(cwd, "node_modules/aws-cdk");
  await mkdir(join(cdk, "bin"), { recursive: true });
  await mkdir(join(cwd, "bundles/environments"), { recursive: true });
  await Promise.all([
    writeFile(join(cwd, "cdk.json"), "{}"),
    writeFile(join(cdk, "package.json"), '{"name":"aws-cdk","bin":{"cdk":"bin/cdk"}}'),
    writeFile(join(cdk, "bin/cdk"), CDK),
    writeFile(join(cwd, "bundles/environments/dev.yaml"), ""),
    writeFile(join(cwd, "bundles/environments/prod.yaml"), ""),
  ]);
  // The kit, as npm puts it there.
  await mkdir(join(cwd, "node_modules/espalier"));
  await cp(
    join(import.meta.dirname, "../../../package.json"),
    join(cwd, "node_modules/espalier/package.json"),
  );
  await espalier(["compile"], { cwd });
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function called(): Promise<unknown> {
  return JSON.parse(await readFile(join(cwd, "called.json"), "utf8"));
}

describe("deploy", () => {
  it("checks, and hands over everything, with the shell's environment", async () => {
    const { exitCode, stdout, stderr } = await espalier(["deploy"], { cwd, env });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("ok  hello 0.1.0");
    expect(stdout).toContain("unchanged  statemachines/hello.asl.json");
    expect(await called()).toMatchObject({ args: ["deploy", "--all"], MARK: "shell" });
  });

  it("hands over one environment, profile, region, and what stands after --", async () => {
    const options = ["--environment", "prod", "--profile", "p", "--region", "eu-west-1"];
    const rest = ["--require-approval", "never", "--json"];
    const { exitCode } = await espalier(["deploy", ...options, "--", ...rest], { cwd, env });
    expect(exitCode).toBe(0);
    expect(await called()).toMatchObject({
      args: ["deploy", "espalier-prod-*", "--profile", "p", ...rest],
      AWS_REGION: "eu-west-1",
    });
  });

  it("passes the exit code on, also in its document", async () => {
    expect((await espalier(["deploy", "--", "--fail"], { cwd, env })).exitCode).toBe(3);
    const { exitCode, stdout } = await espalier(["deploy", "--json", "--", "--fail"], { cwd, env });
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      bundles: [{ workflow: "hello", ok: true }],
      cdk: { args: ["deploy", "--all", "--fail"], exitCode: 3 },
    });
  });

  it("passes an interrupt on, and ends when the CDK has ended", async () => {
    const stop = new AbortController();
    const running = espalier(["deploy", "--", "--wait"], { cwd, env, signal: stop.signal });
    while ((await called().catch(() => undefined)) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    stop.abort();
    expect((await running).exitCode).toBe(130);
  });

  it("does not begin with a bundle that is broken", async () => {
    const file = join(cwd, "bundles/hello/workflow.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("steps:", "stepz:"));
    const { exitCode, stdout } = await espalier(["deploy"], { cwd, env });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("stepz");
    await expect(called()).rejects.toThrow();
  });

  it("does not begin with a compiled definition that is stale", async () => {
    const file = join(cwd, "statemachines/hello.asl.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"JSONata"', '"JSONPath"'));
    const { exitCode, stdout } = await espalier(["deploy"], { cwd, env });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("Run espalier compile, read the difference");
    await expect(called()).rejects.toThrow();
  });
});

describe("destroy", () => {
  it("hands over one environment, and checks nothing", async () => {
    await rm(join(cwd, "statemachines"), { recursive: true });
    const { exitCode } = await espalier(["destroy", "--environment", "dev", "--", "--force"], {
      cwd,
    });
    expect(exitCode).toBe(0);
    expect(await called()).toMatchObject({ args: ["destroy", "espalier-dev-*", "--force"] });
  });

  it("wants to be told which", async () => {
    const { exitCode, stderr } = await espalier(["destroy"], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--environment is missing.*\n {2}There are: dev, prod\./);
  });
});

describe("both", () => {
  it.each(["deploy", "destroy"])("%s names an environment that no file describes", async (name) => {
    const { exitCode, stderr } = await espalier([name, "--environment", "prd"], { cwd });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: No file describes the environment "prd"\n {2}Did you mean prod\?/,
    );
  });

  it.each(["deploy", "destroy"])("%s says how to get a CDK CLI", async (name) => {
    await rm(join(cwd, "node_modules/aws-cdk"), { recursive: true });
    const { exitCode, stderr } = await espalier([name, "--environment", "dev"], { cwd });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: The CDK CLI is not installed here\n {2}npm install .*aws-cdk@/);
  });

  it.each(["deploy", "destroy"])("%s says what a folder without an app needs", async (name) => {
    await rm(join(cwd, "cdk.json"));
    const { exitCode, stderr } = await espalier([name, "--environment", "dev"], { cwd });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: There is no cdk.json in this folder\n/);
  });
});
