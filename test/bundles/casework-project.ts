/** A project with one small bundle that decides as `license-review` does, and a run of it that is wrong. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { espalier } from "../cli/espalier.ts";

const ROOT = resolve(import.meta.dirname, "../..");

const FILES: Readonly<Record<string, string>> = {
  "workflow.yaml": `apiVersion: espalier/v1
workflow: review
version: 1.0.0
owners: { business: legal@example.com, platform: platform@example.com, risk: risk@example.com }
files: [policy/rules.txt]
steps:
  - { id: decided, task: code/decide.ts, with: "{% $input %}" }
`,
  "policy/rules.txt": "allow MIT\nreview CC-BY-3.0\n",
  "code/decide.ts": `import { step, z } from "espalier";
const Component = z.object({ name: z.string(), licence: z.string() });
export default step({
  input: z.object({ components: z.array(Component) }),
  output: z.object({ decisions: z.array(z.record(z.string(), z.json())), counts: z.record(z.string(), z.number()) }),
  async run({ components }, { file }) {
    const rules = (await file("policy/rules.txt").text()).split("\\n");
    const decisions = components.map(({ name, licence }) => {
      const rule = rules.includes("except " + name) ? "except" : rules.find((each) => each.endsWith(" " + licence));
      const verdict = rule === "except" || rule?.startsWith("allow ") ? "allowed" : "unclear";
      return { component: name, purl: null, scope: null, verdict, licence, reason: "by " + rule, evidence: [], claim: null };
    });
    const of = (verdict: string) => decisions.filter((each) => each.verdict === verdict).length;
    return { decisions, counts: { allowed: of("allowed"), denied: 0, unclear: of("unclear") } };
  },
});
`,
  "scenarios/films-are-reviewed/scenario.yaml": `apiVersion: espalier/v1
scenario: films-are-reviewed
input: { components: [{ name: film@1.0.0, licence: CC-BY-3.0 }] }
checks:
  - { check: predicate, says: films are for a person, holds: "{% $output.decisions[0].verdict = 'unclear' %}" }
`,
};

export interface CaseworkProject {
  readonly root: string;
  readonly data: string;
  /** Id of a run that has left \`song@1.0.0\` unclear, and allowed \`tool@1.0.0\`. */
  readonly run: string;
  espalier(...args: string[]): Promise<Record<string, unknown>>;
  remove(): Promise<void>;
}

export async function makeProject(): Promise<CaseworkProject> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "casework-")));
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(root, "bundles/review", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await symlink(join(ROOT, "node_modules"), join(root, "node_modules"), "dir");
  const call = async (...args: string[]) => {
    const { stdout, stderr } = await espalier([...args, "--json"], { cwd: root });
    if (stdout === "") throw new Error(stderr);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    if ("error" in document) throw new Error(stdout);
    return document;
  };
  await call("lock", "review");
  await call("compile", "review");
  const components = [
    { name: "song@1.0.0", licence: "CC-BY-3.0" },
    { name: "tool@1.0.0", licence: "MIT" },
  ];
  await writeFile(join(root, "input.json"), JSON.stringify({ components }));
  const { run } = await call("run", "review", "--input", "input.json");
  return {
    ...{ root, data: join(root, ".espalier"), run: (run as { id: string }).id },
    espalier: call,
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 10 }),
  };
}
