/** A run of a deployed environment, brought to this machine: the unmodified SDK against S3 and DynamoDB on the wire. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DeployedWorld, deployHello } from "../../aws/deployed-world.ts";
import type { espalier } from "../espalier.ts";

const ON_AWS = ["--environment", "test", "--region", "us-east-1"];
const ASKER = ["--as", "ben@example.com"];
const RUN = "pulled-run";

let world: DeployedWorld;
let run: typeof espalier;
/** Without bundles: what was pulled is all that there is. */
let cwd = "";

beforeAll(async () => {
  world = await deployHello();
  await world.keepBundle();
  run = (await import("../espalier.ts")).espalier;
  cwd = await mkdtemp(join(tmpdir(), "espalier-pull-"));
  await aws("run", "hello", "--input", "-", "--name", RUN, ...ASKER);
  await aws("run", "hello", "--input", "-", "--name", "waiting", ...ASKER);
  const { approvals } = JSON.parse((await aws("approvals", "--json")).stdout) as {
    readonly approvals: readonly { readonly id: string; readonly run: { readonly id: string } }[];
  };
  const asked = approvals.find((each) => each.run.id === RUN);
  await aws("decide", asked?.id ?? "", "--approve", "--as", "ann@example.com");
  await world.reportRuns();
}, 60_000);
afterAll(async () => {
  await world?.close();
  await rm(cwd, { recursive: true, force: true });
});
beforeEach(() => rm(join(cwd, ".espalier"), { recursive: true, force: true }));

const here = (...argv: string[]) => run(argv, { cwd });
const aws = (...argv: string[]) => run([...argv, ...ON_AWS], { cwd, stdin: '{"name":"Ada"}' });
const pull = async (...argv: string[]) => {
  const { stdout, stderr, exitCode } = await aws("pull", ...argv, "--json");
  return { exitCode, stderr, document: JSON.parse(stdout) };
};
const runFile = (file: string) => `runs/runs/${RUN}/${file}`;
const bundleFile = (file: string) => `bundles/bundles/${world.digest.slice(7)}/${file}`;
const blobOf = (file: string) => {
  const listing = JSON.parse(
    world.s3.objects.get(bundleFile("snapshot.json"))?.body.toString() ?? "",
  );
  return `bundles/bundles/blobs/${listing.files[file].digest.slice(7)}`;
};

/** Does something to an object, and puts it back. */
async function changed<T>(key: string, body: Buffer | undefined, work: () => Promise<T>) {
  const standing = world.s3.objects.get(key);
  if (!standing) throw new Error(`There is no ${key}.`);
  if (body) world.s3.objects.set(key, { ...standing, body });
  else world.s3.objects.delete(key);
  try {
    return await work();
  } finally {
    world.s3.objects.set(key, standing);
  }
}

const HELLO = join(import.meta.dirname, "../../../lib/cli/template/bundles/hello");

interface Answer {
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

async function answers(explained: Promise<{ readonly stdout: string; readonly stderr: string }>) {
  const { stdout, stderr } = await explained;
  expect(stderr).toBe("");
  const found = (JSON.parse(stdout) as { readonly answers: readonly Answer[] }).answers;
  return found.map(({ facts }) => facts.map(({ name, value }) => `${name}: ${value}`).join("\n"));
}

describe("what is deployed", () => {
  it("answers the eight questions from where it is, and the same of a run that was pulled", async () => {
    const there = await answers(aws("explain", RUN, "--against", HELLO, "--json"));
    expect(there[0]).toMatch(/compiled by: Espalier \d/);
    expect(there[0]).toMatch(/code code\/greet.ts: sha256:/);
    expect(there[2]).toContain("environment: test");
    expect(there[5]).toContain("approved by ann@example.com");
    expect(there[5]).toContain("chain verified");
    expect(there[7]).toBe("");
    await pull(RUN);
    const pulled = await answers(here("explain", RUN, "--against", HELLO, "--json"));
    const elsewhere = /^pulled: .*$\n?|, seen in test at \S+/gm;
    expect(pulled.map((text) => text.replace(elsewhere, "").trimEnd())).toEqual(there);
    expect(pulled[0]).toContain("pulled: from test at ");
    // Of one that still runs, what is kept so far.
    expect((await answers(aws("explain", "waiting", "--json")))[0]).toContain("RUNNING");
  });

  it("is compared with the working folder, by the name of the workflow or by a run", async () => {
    for (const sides of [[HELLO], [RUN, HELLO], [world.digest, HELLO]]) {
      const { stdout, stderr } = await aws("diff", ...sides, "--json");
      expect(stderr).toBe("");
      expect(JSON.parse(stdout).changes).toEqual([]);
    }
    const unknown = await aws("diff", "nobody-knows-it", HELLO);
    expect(unknown.stderr).toContain("no run of that id");
  });

  it("is not explained from a file that was changed", async () => {
    const found = await changed(runFile("approvals.json"), Buffer.from("[]"), () =>
      aws("explain", RUN, "--json"),
    );
    expect(JSON.parse(found.stdout).error).toMatchObject({ code: "RunCorrupt" });
  });
});

describe("a run that was pulled", () => {
  it("is replayed, shown and explained here, as if it had run here", async () => {
    const pulled = await pull(RUN.slice(0, 6));
    expect(pulled).toMatchObject({
      ...{ exitCode: 0, stderr: "" },
      document: { run: { id: RUN }, isNew: true, bundle: { digest: world.digest, isNew: true } },
    });
    // As complete as a bundle that was first run here.
    const verified = await here("bundle", "verify", world.digest, "--json");
    expect(JSON.parse(verified.stdout)).toMatchObject({ problems: [], espalier: "0.1.0" });
    // From here on nothing is left of the cloud.
    const asked = world.s3.log.length;
    const replayed = JSON.parse((await here("replay", RUN, "--json")).stdout);
    expect(replayed).toMatchObject({ isIdentical: true, against: false });
    expect(replayed.steps.map(({ verdict }: { verdict: string }) => verdict)).toEqual(
      replayed.steps.map(() => "same"),
    );
    const shown = JSON.parse((await here("show", RUN, "--json")).stdout);
    expect(shown.run).toMatchObject({ environment: "test", input: { name: "Ada" } });
    expect(shown.steps.length).toBeGreaterThan(1);
    expect((await here("runs")).stdout).toContain(RUN);
    expect(world.s3.log.length).toBe(asked);
  });

  it("says so when it is here already, and fetches nothing twice", async () => {
    await pull(RUN);
    const asked = world.s3.log.length;
    expect((await pull(RUN)).document).toMatchObject({ isNew: false, bundle: { isNew: false } });
    expect(world.s3.log.slice(asked).filter((each) => /history|blobs/.test(each))).toEqual([]);
    expect((await aws("pull", RUN)).stdout).toContain(`${RUN}  is here already`);
  });

  it("is neither stopped nor redriven, and its name is taken", async () => {
    await pull(RUN);
    const code = async (...argv: string[]) =>
      JSON.parse((await here(...argv, "--json")).stdout).error.code;
    expect(await code("stop", RUN)).toBe("RunEnded");
    expect(await code("redrive", RUN)).toBe("RunNotRedrivable");
    const input = join(cwd, "input.json");
    await writeFile(input, "{}");
    expect(await code("run", HELLO, "--input", input, "--name", RUN, ...ASKER)).toBe("RunExists");
    await rm(input);
  });

  it("goes on where it was broken off, and is here whole or not at all", async () => {
    const broken = await changed(runFile("trace.json"), undefined, () => pull(RUN));
    expect(broken).toMatchObject({ exitCode: 1, document: { error: { code: "RunCorrupt" } } });
    const runs = join(cwd, ".espalier/runs");
    expect(await readdir(runs)).toEqual([]);
    // As a call leaves it that was killed two hours ago.
    await mkdir(join(runs, ".draft-1"));
    const before = new Date(Date.now() - 7_200_000);
    await utimes(join(runs, ".draft-1"), before, before);
    expect(JSON.parse((await here("runs", "--json")).stdout).runs).toEqual([]);
    const asked = world.s3.log.length;
    expect((await pull(RUN)).document).toMatchObject({ isNew: true, bundle: { isNew: false } });
    expect(world.s3.log.slice(asked).some((each) => each.includes("blobs"))).toBe(false);
    expect(await readdir(runs)).toEqual([RUN]);
  });

  it.each([
    ["a file of the run", () => runFile("history.jsonl.gz"), "RunCorrupt", "history.jsonl.gz"],
    ["the run's listing", () => runFile("run.json"), "RunCorrupt", "run.json"],
    ["code of its bundle", () => blobOf("compiled/code/greet.ts.mjs"), "BundleCorrupt", "greet.ts"],
    ["the bundle's listing", () => bundleFile("snapshot.json"), "BundleCorrupt", "listing"],
  ])("is refused where %s was changed", async (_, key, code, named) => {
    const found = await changed(key(), Buffer.from("{}"), () => pull(RUN));
    expect(found).toMatchObject({ exitCode: 1, document: { error: { code } } });
    expect(found.document.error.message).toContain(named);
    expect(existsSync(join(cwd, ".espalier/runs", RUN))).toBe(false);
  });

  it("is refused where its plan was changed", async () => {
    const [key = ""] = [...world.s3.objects.keys()].filter((each) => each.includes("/plans/"));
    const found = await changed(key, Buffer.from("{}"), () => pull(RUN));
    expect(found.document.error).toMatchObject({ code: "BundleCorrupt" });
  });

  it.each([
    ["still runs", "waiting", "RunNotEnded"],
    ["is not there", "nobody-knows-it", "RunNotFound"],
  ])("is refused while it %s", async (_, id, code) => {
    expect(await pull(id)).toMatchObject({ exitCode: 1, document: { error: { code } } });
  });

  it("is refused where it is not kept any more, and where another of its name has run", async () => {
    const gone = await changed(runFile("run.json"), undefined, () => pull(RUN));
    expect(gone.document.error).toMatchObject({ code: "RunNotKept" });
    await pull(RUN);
    await rm(join(cwd, ".espalier/runs", RUN, "pulled.json"));
    expect((await pull(RUN)).document.error).toMatchObject({ code: "RunExists" });
  });

  it("is pulled by two calls at once", async () => {
    const both = await Promise.all([pull(RUN), pull(RUN)]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await readdir(join(cwd, ".espalier/runs"))).toEqual([RUN]);
  });

  it("replaces what was pulled before a redrive", async () => {
    await pull(RUN);
    const file = join(cwd, ".espalier/runs", RUN, "run.json");
    const whole = await readFile(file, "utf8");
    await writeFile(file, whole.replace('"redrives": 0', '"redrives": -1'));
    expect((await pull(RUN)).document).toMatchObject({ isNew: true });
    expect(await readFile(file, "utf8")).toBe(whole);
  });

  it("is asked for with --environment", async () => {
    expect(await here("pull", RUN)).toMatchObject({ exitCode: 2 });
  });
});
