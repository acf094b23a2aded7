/** The commands on a deployed environment: real functions, DynamoDB and S3 on the wire. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type DeployedWorld, deployHello } from "../../aws/deployed-world.ts";
import type { espalier } from "../espalier.ts";

let world: DeployedWorld;
let run: typeof espalier;
/** Without bundles and without data: what is deployed is all that there is. */
let cwd = "";

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "espalier-cli-aws-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));
beforeEach(async () => {
  world = await deployHello();
  const hex = world.digest.slice("sha256:".length);
  const body = Buffer.from(JSON.stringify(world.plan));
  world.s3.objects.set(`bundles/bundles/${hex}/plans/p.json`, { body, headers: {} });
  // After the modules were loaded anew, so that errors are of the same classes.
  run = (await import("../espalier.ts")).espalier;
});
afterEach(() => world?.close());

const ON_AWS = ["--environment", "test", "--region", "us-east-1"];
const ASKER = ["--as", "ben@example.com"];

function aws(...argv: string[]) {
  return run([...argv, ...ON_AWS], { cwd, stdin: '{"name":"Ada"}' });
}

async function json(...argv: string[]) {
  const { stdout, stderr, exitCode } = await aws(...argv, "--json");
  return { exitCode, stderr, document: JSON.parse(stdout) };
}

describe("a run in a deployed environment", () => {
  it("starts, waits for a person, is decided and ends, as on this machine", async () => {
    const started = await aws("run", "hello", "--input", "-", ...ASKER);
    expect(started).toMatchObject({ exitCode: 0, stderr: "" });
    expect(started.stdout).toContain("driven  by AWS Step Functions, environment test");
    expect(started.stdout).toMatch(/^ {2}greeting +task .*done$/m);
    expect(started.stdout).toContain("Waits for a person");
    const hint = /espalier (decide \S+ --approve --as \S+).*/.exec(started.stdout);
    expect(hint?.[0]).toContain("--environment test --region us-east-1");

    const waiting = await aws("approvals");
    expect(waiting.stdout).toMatch(/APPROVAL +WORKFLOW.*\n\S+ +hello/);
    const [approval] = (await json("approvals")).document.approvals;
    expect(approval).toMatchObject({ status: "open", evidence: { more: { text: "Hello, Ada!" } } });
    expect((await aws("runs")).stdout).toMatch(/hello-\S+ +waiting/);

    const decided = await aws("decide", approval.id, "--approve", "--as", "ann@example.com");
    expect(decided).toMatchObject({ exitCode: 0, stderr: "" });
    expect(decided.stdout).toContain("Approved by ann@example.com");
    expect(decided.stdout).toContain("Succeeded in");
    expect(decided.stdout).toContain('"approvedBy": "ann@example.com"');

    const { document } = await json("show", approval.run.id.slice(-8));
    expect(document.run).toMatchObject({
      status: "SUCCEEDED",
      environment: "test",
      principal: "ben@example.com",
      location: `s3://runs/runs/${approval.run.id}/`,
    });
    expect(document.steps.map(({ step }: { step: string }) => step)).toEqual(
      world.plan.steps.filter(({ state }) => state !== null).map(({ id }) => id),
    );
    expect((await aws("runs", "--status", "succeeded")).stdout).toContain(approval.run.id);
    expect((await aws("show", approval.run.id)).stdout).toContain("stored   s3://runs/");
    expect(await readdir(cwd)).toEqual([]);
  });

  it("is found and decided before its beginning was reported", async () => {
    const detail = { name: "Ada" };
    const event = { id: "event-1", time: "2026-11-21T09:00:00Z", detail };
    await world.intake({ trigger: 0, event }, {});
    const approval = await vi.waitFor(
      async () => {
        const [first] = (await json("approvals")).document.approvals;
        expect(first).toBeDefined();
        return first;
      },
      { timeout: 20_000, interval: 100 },
    );
    const decided = await aws("decide", approval.id, "--approve", "--as", "ann@example.com");
    expect(decided).toMatchObject({ exitCode: 0, stderr: "" });
    expect(decided.stdout).toContain("Succeeded in");
  });

  it("exits with 1 when a person rejects it", async () => {
    await aws("run", "hello", "--input", "-", "--name", "mine", ...ASKER);
    const [approval] = (await json("approvals")).document.approvals;
    const reason = ["--reason", "not like this"];
    const rejected = await json(
      "decide",
      approval.id,
      "--reject",
      "--as",
      "ann@example.com",
      ...reason,
    );
    expect(rejected).toMatchObject({ exitCode: 1, stderr: "" });
    expect(rejected.document).toMatchObject({
      approval: { status: "rejected" },
      run: { id: "mine", status: "FAILED", error: { name: "Approval.Rejected" } },
    });
  });

  it("is stopped, redriven and decided", async () => {
    await aws("run", "hello", "--input", "-", "--name", "mine", ...ASKER);
    const stopped = await json("stop", "mine", "--reason", "wrong name");
    expect(stopped).toMatchObject({
      exitCode: 0,
      document: { run: { status: "ABORTED", error: { name: "Stopped", cause: "wrong name" } } },
    });
    expect((await json("approvals")).document.approvals).toEqual([]);
    expect(await json("stop", "mine")).toMatchObject({
      exitCode: 1,
      document: { error: { code: "RunEnded" } },
    });
    const redriven = await aws("redrive", "mine");
    expect(redriven).toMatchObject({ exitCode: 0, stderr: "" });
    expect(redriven.stdout).toContain("Waits for a person");
    expect(redriven.stdout).not.toMatch(/^ {2}greeting/m);
    const [{ id }] = (await json("approvals")).document.approvals;
    expect((await aws("decide", id, "--approve", "--as", "ann@example.com")).exitCode).toBe(0);
    expect(await json("redrive", "mine")).toMatchObject({
      exitCode: 1,
      document: { error: { code: "RunNotRedrivable" } },
    });
  });

  it("goes on with another input as a new run", async () => {
    await aws("run", "hello", "--input", "-", "--name", "mine", ...ASKER);
    await aws("stop", "mine");
    const asked = [
      "repair",
      "mine",
      "--step",
      "greeting",
      "--input",
      "-",
      "--reason",
      "wrong name",
    ];
    expect((await aws(...asked)).stderr).toContain("--as is missing");
    const { stdout, stderr } = await run([...asked, "--as", "dan@example.com", ...ON_AWS], {
      cwd,
      stdin: '{"name":"Grace"}',
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^Goes on from greeting as a new run: mine-repair-[0-9a-f]{8} \(of mine\)/,
    );
    const [approval] = (await json("approvals")).document.approvals;
    expect(approval).toMatchObject({
      evidence: { more: { text: "Hello, Grace!" } },
      run: { principal: "ben@example.com" },
      repairedBy: "dan@example.com",
    });
    await aws("decide", approval.id, "--approve", "--as", "ann@example.com");
    expect((await aws("show", approval.run.id)).stdout).toContain("goes on from mine, at greeting");
  });

  it("is left alone with --detach, and stores files that the input refers to", async () => {
    await writeFile(join(cwd, "text.txt"), "hello");
    try {
      const detached = await aws("run", "hello", "--detach", ...ASKER);
      expect(detached.stdout).toContain("It goes on in AWS. Look at it: espalier show hello-");
      const refused = await json("run", "hello", "--artifact", "file=text.txt", ...ASKER);
      // The contract of `hello` knows no file; the file itself was stored.
      expect(refused).toMatchObject({ exitCode: 1, document: { error: { code: "InputInvalid" } } });
      expect([...world.s3.objects.keys()].some((key) => key.includes("artifacts/"))).toBe(true);
    } finally {
      await rm(join(cwd, "text.txt"));
    }
  });
});

describe("what a deployed environment does not have", () => {
  it.each([
    ["a workflow", ["run", "bye", ...ASKER], "WorkflowNotFound", /"bye"/],
    ["a run", ["show", "nobody"], "RunNotFound", /nobody/],
    ["a run to stop", ["stop", "nobody"], "RunNotFound", /nobody/],
    ["a run to redrive", ["redrive", "nobody"], "RunNotFound", /nobody/],
    [
      "an approval",
      ["decide", "nobody", "--approve", "--as", "a@example.com"],
      "ApprovalNotFound",
      /nobody/,
    ],
  ])("%s: says so, with a hint", async (_what, argv, code, message) => {
    const { exitCode, document } = await json(...argv);
    expect({ exitCode, code: document.error.code }).toEqual({ exitCode: 1, code });
    expect(document.error.message).toMatch(message);
    expect(document.error.hint).toEqual(expect.any(String));
  });

  it("the environment itself", async () => {
    const { exitCode, stdout, stderr } = await run(["runs", "--environment", "prod"], { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: There is no environment "prod" in this account and region\n {2}/,
    );
    expect(stderr).toContain("espalier deploy");
  });

  it("an input that fits: the contract is checked there", async () => {
    const { exitCode, stderr } = await run(["run", "hello", "--input", "-", ...ASKER, ...ON_AWS], {
      cwd,
      stdin: '{"name":5}',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: .*contract of "hello":\n.*\$\.name: expected text/);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
