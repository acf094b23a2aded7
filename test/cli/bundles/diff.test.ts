import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkBundle } from "../../../lib/cli/bundles/compile-bundle.ts";
import { BundleStore } from "../../../lib/local/runtime/bundle-store.ts";
import { loadExample, playbook, useComponentProject } from "../../bundle/project.ts";
import { writeFiles } from "../../manifest/example-bundle.ts";
import { espalier } from "../espalier.ts";

const project = useComponentProject();

const cli = (...argv: string[]) => espalier(argv, { cwd: project.root });
const write = (files: Record<string, string>) => writeFiles(project.root, files);

async function begin() {
  await loadExample(project, "{ playbooks: { triage: ^1.0.0 } }", {
    ...playbook("components/playbooks/triage"),
  });
}

async function changes(a: string, b: string) {
  const { exitCode, stdout, stderr } = await cli("diff", a, b, "--json");
  expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: "" });
  const { changes } = JSON.parse(stdout).document ?? JSON.parse(stdout);
  return changes.map(
    ({ owner, kind, name, change }: Record<string, string>) => `${owner} ${kind} ${name} ${change}`,
  );
}

const TEXT = { "bundles/components/playbooks/triage/steps.md": "1. Read it twice.\n" };
const NAMED = ["playbooks.triage playbook steps.md changed"];

describe("diff", () => {
  it("compares a revision of git with what is there now", async () => {
    await begin();
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
        cwd: project.root,
      });
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "First");
    expect(await changes("HEAD:bundles/example", "example")).toEqual([]);
    write(TEXT);
    expect(await changes("HEAD:bundles/example", "example")).toEqual(NAMED);
    const told = await cli("diff", "HEAD:bundles/example", "example");
    expect(told.stdout).toContain("-1. Read it.\n    +1. Read it twice.");
    const wrong = await cli("diff", "nowhere:bundles/example", "example");
    expect(wrong).toMatchObject({ exitCode: 1 });
    expect(wrong.stderr).toContain("git says");
  });

  it("compares two locks", async () => {
    await begin();
    await cli("lock");
    const file = join(project.root, "bundles/example/bundle.lock.json");
    write({ "before.json": readFileSync(file, "utf8"), ...TEXT });
    await cli("lock");
    expect(await changes("before.json", "bundles/example/bundle.lock.json")).toEqual(NAMED);
    expect((await cli("diff", "before.json", "example")).exitCode).toBe(2);
  });

  it("compares a bundle that is kept by its digest", async () => {
    await begin();
    const { deployment } = await checkBundle(join(project.root, "bundles/example"), project.root);
    if (deployment === undefined) throw new Error("The example has errors.");
    await new BundleStore(join(project.root, ".espalier/bundles")).save(deployment);
    const digest = deployment.digest;
    expect(await changes(digest, "example")).toEqual([]);
    write(TEXT);
    expect(await changes(digest.slice(7, 20), "example")).toEqual(NAMED);
    expect((await cli("diff", "00000000", "example")).stderr).toContain("begins with 00000000");
  });

  it("compares the bundles that two runs ran, and tells what is neither a run nor a bundle", async () => {
    await begin();
    const run = (name: string) => cli("run", "example", "--name", name, "--as", "ann@example.com");
    expect(await run("first")).toMatchObject({ stderr: "" });
    write(TEXT);
    await run("second");
    expect(await changes("first", "second")).toEqual(NAMED);
    expect(await changes("second", "example")).toEqual([]);
    const neither = await cli("diff", "exampel", "example");
    expect(neither.stderr).toContain(
      'no workflow "exampel" under ./bundles, and no run of that id',
    );
    expect(neither.stderr).toContain("Did you mean example?");
    expect((await cli("diff", "example")).exitCode).toBe(2);
  });

  it("compares a published version of a component with another, and with what is worked on", async () => {
    await begin();
    expect(await cli("publish", "playbooks/triage")).toMatchObject({ exitCode: 0 });
    write(TEXT);
    expect(await changes("triage@1.2.0", "playbooks/triage")).toEqual(NAMED);
    expect(await changes("playbooks/triage@1.2.0", "triage@1.2.0")).toEqual([]);
    expect((await cli("diff", "triage@9.0.0", "example")).stderr).toContain(
      "No version triage@9.0.0",
    );
    write({ "bundles/versions/playbooks/triage/1.2.0/steps.md": "1. Guess.\n" });
    const forged = await cli("diff", "triage@1.2.0", "playbooks/triage");
    expect(forged).toMatchObject({ exitCode: 1 });
    expect(forged.stderr).toContain("not what was published");
  });
});
