import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadExample, playbook, useComponentProject } from "../../bundle/project.ts";
import { writeFiles } from "../../manifest/example-bundle.ts";
import { espalier } from "../espalier.ts";

const project = useComponentProject();

const USES = "{ playbooks: { triage: ^1.0.0, check: { bind: playbooks.check } } }";
const FILES = {
  ...playbook("components/playbooks/triage"),
  ...playbook("components/playbooks/careful"),
  ...playbook("components/playbooks/quick", "2.0.0"),
  "environments/local.yaml": "bindings: { playbooks: { check: quick@^2.0.0 } }\n",
  "environments/prod.yaml": "bindings: { playbooks: { check: careful@1.2.0 } }\n",
};

const cli = (...argv: string[]) => espalier(argv, { cwd: project.root });
const lockFile = () => join(project.root, "bundles/example/bundle.lock.json");
const change = (files: Record<string, string>) => writeFiles(join(project.root, "bundles"), files);

describe("lock", () => {
  it("says which version and content every reference means, in every environment", async () => {
    await loadExample(project, USES, FILES);
    expect((await cli("lock", "--check")).exitCode).toBe(1);
    const written = await cli("lock");
    expect(written).toMatchObject({
      exitCode: 0,
      stdout: "written  bundles/example/bundle.lock.json\n",
    });
    const lock = JSON.parse(readFileSync(lockFile(), "utf8"));
    expect(lock).toMatchObject({
      lock: 1,
      workflow: "example",
      version: "1.0.0",
      components: {
        "playbooks.triage": { component: "triage", version: "1.2.0", source: "shared" },
      },
      bindings: {
        local: { "playbooks.check": { component: "quick", version: "2.0.0" } },
        prod: { "playbooks.check": { component: "careful", version: "1.2.0" } },
      },
    });
    expect(Object.keys(lock.components)).toEqual(["playbooks.triage"]);
    expect(lock.components["playbooks.triage"].digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("holds what a customer's environment binds otherwise than the one that it extends", async () => {
    const prodacme = "extends: prod\ncustomer: acme\n";
    const other = `${prodacme}bindings: { playbooks: { check: quick@^2.0.0 } }\n`;
    await loadExample(project, USES, { ...FILES, "environments/prodacme.yaml": prodacme });
    const bound = async () => {
      expect((await cli("lock")).exitCode).toBe(0);
      const { bindings } = JSON.parse(readFileSync(lockFile(), "utf8"));
      return [bindings.prod, bindings.prodacme].map((one) => one["playbooks.check"].component);
    };
    expect(await bound()).toEqual(["careful", "careful"]);
    change({ "environments/prodacme.yaml": other });
    expect((await cli("check")).exitCode).toBe(1);
    expect(await bound()).toEqual(["careful", "quick"]);
  });

  it("writes the same bytes each time, one fact a line, in order", async () => {
    await loadExample(project, USES, FILES);
    await cli("lock");
    const first = readFileSync(lockFile(), "utf8");
    expect(await cli("lock")).toMatchObject({
      stdout: "unchanged  bundles/example/bundle.lock.json\n",
    });
    expect(readFileSync(lockFile(), "utf8")).toBe(first);
    expect(first.split("\n").filter((line) => (line.match(/sha256:/g) ?? []).length > 1)).toEqual(
      [],
    );
  });

  it("is refused by check once it is stale, with what is different and where", async () => {
    await loadExample(project, USES, FILES);
    await cli("lock");
    expect((await cli("check")).exitCode).toBe(0);
    change({ "components/playbooks/careful/steps.md": "1. Read it twice.\n" });
    const stale = await cli("check");
    expect(stale.exitCode).toBe(1);
    expect(stale.stdout).toMatch(/example\/bundle\.lock\.json:\d+:1 {2}ESP810/);
    const words = stale.stdout.replaceAll(/\s+/g, " ");
    expect(words).toContain('the content of playbooks.check in "prod" has changed');
    expect(words).toContain('playbook "steps.md" of playbooks.check in "prod" has changed');
    expect(words).not.toMatch(/triage|local/);
    expect((await cli("lock", "--check")).exitCode).toBe(1);
    await cli("lock");
    expect((await cli("check")).exitCode).toBe(0);
  });

  it("does not mind comments in the manifest", async () => {
    await loadExample(project, USES, FILES);
    await cli("lock");
    const manifest = readFileSync(join(project.root, "bundles/example/workflow.yaml"), "utf8");
    change({ "example/workflow.yaml": `# A comment.\n${manifest}` });
    expect((await cli("lock", "--check")).exitCode).toBe(0);
  });

  it("leaves what only another Espalier makes different to lock --check", async () => {
    await loadExample(project, USES, FILES);
    await cli("lock");
    const text = readFileSync(lockFile(), "utf8");
    writeFileSync(lockFile(), text.replace(/"espalier": "[^"]*"/, '"espalier": "0.0.1"'));
    expect((await cli("check")).exitCode).toBe(0);
    const checked = await cli("lock", "--check");
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout).toContain("the version of Espalier is");
  });

  it("of two branches that moved different components merge without a conflict", async () => {
    const uses = "{ playbooks: { triage: ^1.0.0, careful: ^1.0.0 } }";
    const lockWith = async (...moved: string[]) => {
      for (const name of ["triage", "careful"]) {
        const isMoved = moved.includes(name);
        const text = isMoved ? "1. Read it twice.\n" : undefined;
        change(playbook(`components/playbooks/${name}`, isMoved ? "1.3.0" : "1.2.0", text));
      }
      await cli("lock");
      return readFileSync(lockFile(), "utf8");
    };
    await loadExample(project, uses, FILES);
    const [base, ours, theirs, both] = [
      await lockWith(),
      await lockWith("triage"),
      await lockWith("careful"),
      await lockWith("triage", "careful"),
    ];
    const files = Object.entries({ ours, base, theirs }).map(([name, text]) => {
      writeFileSync(join(project.root, name), text);
      return join(project.root, name);
    });
    expect(execFileSync("git", ["merge-file", "-p", ...files]).toString()).toBe(both);
  });

  it("is refused as unreadable with the marks of a merge in it", async () => {
    await loadExample(project, USES, FILES);
    await cli("lock");
    writeFileSync(lockFile(), `<<<<<<< ours\n${readFileSync(lockFile(), "utf8")}`);
    expect((await cli("check")).stdout).toContain("ESP811");
    expect((await cli("lock")).exitCode).toBe(0);
    expect((await cli("check")).exitCode).toBe(0);
  });

  it("does not lock a bundle with errors", async () => {
    await loadExample(project, "{ playbooks: { nothing: ^1.0.0 } }", FILES);
    const refused = await cli("lock");
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("ESP802");
  });

  it("moves what environments bind too, one component or all", async () => {
    await loadExample(project, USES, FILES);
    await cli("lock");
    await cli("publish", "playbooks/quick", "playbooks/triage");
    change({
      ...playbook("components/playbooks/quick", "2.1.0"),
      ...playbook("components/playbooks/triage", "1.3.0"),
    });
    expect((await cli("lock")).stdout).toMatch(/^unchanged/);
    expect((await cli("lock", "--update", "quick", "--update", "nobody")).exitCode).toBe(2);
    expect((await cli("lock", "--check")).exitCode).toBe(0);
    const one = await cli("lock", "--update", "playbooks/quick");
    expect(one.stdout).toContain('playbooks.check in "local" moves from 2.0.0 to 2.1.0');
    expect(one.stdout).not.toContain("triage");
    expect((await cli("lock", "--update")).stdout).toContain(
      "playbooks.triage moves from 1.2.0 to 1.3.0",
    );
    expect((await cli("lock", "--check", "--update")).exitCode).toBe(2);
  });
});
