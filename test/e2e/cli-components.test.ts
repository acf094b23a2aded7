/** A component from the first command to the last: bound on this machine, run, and changed in `dev`. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { playbook } from "../bundle/project.ts";
import { espalier } from "../cli/espalier.ts";
import { writeFiles } from "../manifest/example-bundle.ts";
import { useProject } from "./project.ts";

const project = useProject();

describe("a bundle with a binding", () => {
  it("runs with what local.yaml binds, and dev loads it again when the component changes", async () => {
    const { folder: cwd } = project;
    const manifest = join(cwd, "bundles/hello/workflow.yaml");
    const uses = "uses: { playbooks: { triage: { bind: playbooks.triage } } }\n";
    await writeFile(manifest, (await readFile(manifest, "utf8")) + uses);
    const unbound = await espalier(["run", "hello"], { cwd });
    expect(unbound.exitCode).toBe(1);
    expect(unbound.stderr).toContain("ESP805");
    expect(unbound.stderr).toContain("bundles/environments/local.yaml");

    writeFiles(join(cwd, "bundles"), {
      ...playbook("components/playbooks/careful"),
      "environments/local.yaml": "bindings: { playbooks: { triage: careful@^1.0.0 } }\n",
    });
    const checked = await espalier(["check", "--json"], { cwd });
    expect(checked.exitCode).toBe(0);
    const [{ digest }] = JSON.parse(checked.stdout).bundles;

    const stop = new AbortController();
    let text = "";
    const options = { cwd, signal: stop.signal, onStdout: (all: string) => (text = all) };
    const dev = espalier(["dev", "--port", "0"], options);
    try {
      await until(() => /Ready at/.test(text));
      const ran = await espalier(["run", "hello", "--json"], { cwd });
      expect(JSON.parse(ran.stdout).run.digest).toBe(digest);
      await writeFile(join(cwd, "bundles/components/playbooks/careful/steps.md"), "1. Twice.\n");
      await until(() => /^reloaded {2}hello/m.test(text));
    } finally {
      stop.abort("SIGINT");
      await dev;
    }
  });
});

async function until(reached: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if (reached()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It took more than 30 seconds.");
}
