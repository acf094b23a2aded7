import { describe, expect, it } from "vitest";
import { loadExample, playbook, useComponentProject } from "../../bundle/project.ts";
import { espalier } from "../espalier.ts";

const project = useComponentProject();

const USES = "{ playbooks: { triage: { bind: playbooks.triage } } }";
const bound = (reference: string) => `bindings: { playbooks: { triage: ${reference} } }\n`;

async function check(environments: Record<string, string>, argv: readonly string[] = []) {
  const files = Object.entries(environments).map(([name, text]) => [`environments/${name}`, text]);
  await loadExample(project, USES, {
    ...playbook("components/playbooks/careful"),
    ...Object.fromEntries(files),
  });
  const { exitCode, stdout, stderr } = await espalier(["check", ...argv], { cwd: project.root });
  const places = [...(stdout + stderr).matchAll(/(\S+?\.yaml:\d+:\d+) {2}(ESP\d+)/g)];
  const found = places.map(([, place = "", code]) => `${place.split("bundles/").at(-1)} ${code}`);
  return { exitCode, found, stdout };
}

describe("check, of a bundle with bindings", () => {
  it("looks at this machine and at every environment that deploys it", async () => {
    const sound = { "local.yaml": bound("careful@1.x"), "prod.yaml": bound("careful@1.2.0") };
    expect(await check(sound)).toMatchObject({ exitCode: 0, found: [] });
    expect(await check({ ...sound, "next.yaml": "retain: false\n" })).toMatchObject({
      exitCode: 1,
      found: ["example/workflow.yaml:5:38 ESP805"],
    });
    expect(
      await check({ ...sound, "next.yaml": `workflows: [other]\n${bound("nothing@1.0.0")}` }),
    ).toMatchObject({ exitCode: 0, found: [] });
    expect(await check({ ...sound, "next.yaml": "retian: false\n" })).toMatchObject({
      exitCode: 1,
      found: ["environments/next.yaml:1:1 ESP201"],
    });
  });

  it("says what this machine lacks", async () => {
    expect(await check({ "prod.yaml": bound("careful@1.2.0") })).toMatchObject({
      exitCode: 1,
      found: ["example/workflow.yaml:5:38 ESP805"],
    });
  });

  it("looks at one environment if it is told to", async () => {
    const files = { "prod.yaml": bound("careful@^1.0.0"), "next.yaml": bound("careful@^9.0.0") };
    expect(await check(files, ["--environment", "prod"])).toMatchObject({ exitCode: 0, found: [] });
    expect(await check(files, ["--environment", "next"])).toMatchObject({
      exitCode: 1,
      found: ["environments/next.yaml:1:34 ESP803"],
    });
    expect(await check(files, ["--environment", "local"])).toMatchObject({ exitCode: 1 });
    const wrong = await espalier(["check", "--environment", "prodd"], { cwd: project.root });
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.stderr).toContain("Did you mean prod?");
  });
});
