/** A workflow that asks a person before a repair: `$run.repair` in an approval of its own. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { useProject } from "../../e2e/project.ts";
import { espalier } from "../espalier.ts";

const project = useProject();

async function call(...argv: string[]) {
  return espalier(argv, { cwd: project.folder });
}

async function json(...argv: string[]) {
  return JSON.parse((await call(...argv, "--json")).stdout);
}

const MANIFEST = `apiVersion: espalier/v1
workflow: guarded
version: 1.0.0
owners: { business: b@example.com, platform: p@example.com, risk: r@example.com }
steps:
  - id: repair_review
    if: "{% $run.repair != null %}"
    approval: approvals/repair.yaml
    required: true
    with: { repair: "{% $run.repair %}", changed: "{% $run.repair.changed %}" }
  - { id: work, task: code/work.ts, with: { item: "{% $input.item %}" } }
`;

const POLICY = `approval: repair
title: Let the run go on?
approvers: ["lead@example.com", "dan@example.com"]
fourEyes: true
deadline: 1d
onExpiry: reject
`;

const WORK = `import { step, z } from "espalier";
export default step({
  input: z.object({ item: z.string() }),
  output: z.object({ done: z.string() }),
  async run({ item }) {
    if (item === "bad") throw new Error("bad item");
    return { done: item };
  },
});
`;

beforeAll(async () => {
  const bundle = join(project.folder, "bundles/guarded");
  for (const folder of ["code", "approvals"])
    await mkdir(join(bundle, folder), { recursive: true });
  await writeFile(join(bundle, "workflow.yaml"), MANIFEST);
  await writeFile(join(bundle, "approvals/repair.yaml"), POLICY);
  await writeFile(join(bundle, "code/work.ts"), WORK);
  await writeFile(join(project.parent, "bad.json"), '{"item":"bad"}');
  await writeFile(join(project.parent, "good.json"), '{"item":"good"}');
});

/** Runs, fails, and is repaired by Dan; the id of the new run's approval. */
async function repaired(name: string) {
  const bad = join(project.parent, "bad.json");
  const failed = await json(
    "run",
    "guarded",
    "--input",
    bad,
    "--name",
    name,
    "--as",
    "ben@example.com",
  );
  // Nobody is asked about a run that repairs nothing.
  expect(failed.run).toMatchObject({ status: "FAILED" });
  const good = join(project.parent, "good.json");
  return json("repair", name, "--input", good, "--reason", "a typo", "--as", "dan@example.com");
}

describe("a repair that a person has to see", () => {
  it("waits, and shows who repairs what and why; approved, it goes on", async () => {
    const { run, repair } = await repaired("one");
    expect(repair).toMatchObject({ of: "one", step: "work", changed: ["item"], how: "new run" });
    expect(run).toMatchObject({ status: "RUNNING", waitingFor: [expect.any(String)] });
    const [approval] = (await json("approvals")).approvals;
    expect(approval.evidence.more).toMatchObject({
      repair: { of: { id: "one" }, step: "work", by: "dan@example.com", reason: "a typo" },
      changed: ["item"],
    });
    const decided = await json("decide", approval.id, "--approve", "--as", "lead@example.com");
    expect(decided.run).toMatchObject({ status: "SUCCEEDED", output: { done: "good" } });
  });

  it("is not seen by whoever repairs, and ends where it is rejected", async () => {
    await repaired("two");
    const [approval] = (await json("approvals")).approvals;
    const own = await json("decide", approval.id, "--approve", "--as", "dan@example.com");
    expect(own.error).toMatchObject({ code: "ApproverNotAllowed" });
    expect(own.error.message).toContain("dan@example.com");
    const no = ["--reject", "--as", "lead@example.com", "--reason", "start anew"];
    const decided = await json("decide", approval.id, ...no);
    expect(decided.run).toMatchObject({ status: "FAILED", error: { name: "Approval.Rejected" } });
  });
});
