/** `repair` on this machine: what is taken from the failed run, what happens again, and what is refused. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { useProject } from "../../e2e/project.ts";
import { espalier } from "../espalier.ts";

const project = useProject();
const log = () => join(project.parent, "calls.log");

async function call(...argv: string[]) {
  return espalier(argv, { cwd: project.folder });
}

async function json(...argv: string[]) {
  const { exitCode, stdout, stderr } = await call(...argv, "--json");
  return { exitCode, stderr, document: JSON.parse(stdout || "null") };
}

/** What steps have really done since the last look. */
async function done(): Promise<string[]> {
  const lines = (await readFile(log(), "utf8")).split("\n").filter((line) => line !== "");
  await writeFile(log(), "");
  return lines.sort();
}

const step = (
  input: string,
  output: string,
  body: string,
) => `import { appendFileSync, existsSync } from "node:fs";
import { step, z } from "espalier";
const log = (line: string) => appendFileSync(LOG, line + "\\n");
export default step({
  input: z.object(${input}),
  output: z.object(${output}),
  async run(input, { run }) { ${body} },
});
`;

const MANIFEST = `apiVersion: espalier/v1
workflow: orders
version: 1.0.0
owners: { business: b@example.com, platform: p@example.com, risk: r@example.com }
steps:
  - { id: fetch, task: code/fetch.ts, effect: read, with: { order: "{% $input.order %}" } }
  - id: review
    approval: approvals/orders.yaml
    required: true
    with: { total: "{% $fetch.total %}" }
  - { id: pay, task: code/pay.ts, effect: write, with: { total: "{% $fetch.total %}" } }
  - { id: told, emit: OrderPaid, with: { order: "{% $input.order %}" } }
  - id: checked
    map: "{% $fetch.items %}"
    as: item
    steps: [{ id: check, task: code/check.ts, with: { item: "{% $item %}" } }]
  - { id: end, task: code/end.ts, effect: write, with: { checked: "{% $checked %}" } }
`;

const POLICY = `approval: orders
title: Pay the order?
approvers: ["*"]
fourEyes: true
deadline: 1d
onExpiry: reject
`;

beforeAll(async () => {
  const bundle = join(project.folder, "bundles/orders");
  await mkdir(join(bundle, "code"), { recursive: true });
  await mkdir(join(bundle, "approvals"), { recursive: true });
  await writeFile(log(), "");
  const write = (name: string, text: string) =>
    writeFile(join(bundle, name), text.replace("LOG", JSON.stringify(log())));
  await write("workflow.yaml", MANIFEST);
  await write("approvals/orders.yaml", POLICY);
  await write(
    "code/fetch.ts",
    step(
      "{ order: z.string() }",
      "{ total: z.number(), items: z.array(z.string()) }",
      'log("fetch"); return { total: input.order === "O-9" ? 9 : 5, items: ["a", "bad", "c"] };',
    ),
  );
  await write(
    "code/pay.ts",
    step(
      "{ total: z.number() }",
      "{ paid: z.number() }",
      'log("pay"); return { paid: input.total };',
    ),
  );
  await write(
    "code/check.ts",
    step(
      "{ item: z.string() }",
      "{ item: z.string() }",
      'log("check " + input.item); if (input.item === "bad") throw new Error("bad item"); if (input.item === "c") await new Promise((done) => setTimeout(done, 300)); return input;',
    ),
  );
  await write(
    "code/end.ts",
    step(
      "{ checked: z.array(z.unknown()) }",
      "{ count: z.number() }",
      `log("end"); if (existsSync(${JSON.stringify(join(project.parent, "down"))})) throw new Error("down"); return { count: input.checked.length };`,
    ),
  );
});

/** A run that a person has approved, and that fails at the item "bad". */
async function failedRun(name: string): Promise<void> {
  await writeFile(join(project.parent, "order.json"), '{"order":"O-1"}');
  const order = join(project.parent, "order.json");
  const started = await call(
    "run",
    "orders",
    "--input",
    order,
    "--name",
    name,
    "--as",
    "ben@example.com",
  );
  expect(started.exitCode, started.stdout + started.stderr).toBe(0);
  const { document } = await json("approvals");
  const failed = await call(
    "decide",
    document.approvals[0].id,
    "--approve",
    "--as",
    "ann@example.com",
  );
  expect(failed.exitCode, failed.stdout + failed.stderr).toBe(1);
}

async function input(value: unknown): Promise<string> {
  const file = join(project.parent, "input.json");
  await writeFile(file, JSON.stringify(value));
  return file;
}

describe("repair", () => {
  it("goes on with another input as a new run, and repeats nothing that was done", async () => {
    await failedRun("one");
    expect(await done()).toEqual(expect.arrayContaining(["check bad", "fetch", "pay"]));
    const repaired = await call(
      ...["repair", "one", "--step", "check", "--input", await input({ item: "good" })],
      ...["--reason", "a typo in the order", "--as", "dan@example.com"],
    );
    expect(repaired).toMatchObject({ exitCode: 0, stderr: "" });
    expect(repaired.stdout).toMatch(
      /^Goes on from check \[1\] as a new run: one-repair-[0-9a-f]{8} \(of one\)\n {2}input {4}other in item\n/,
    );
    expect(repaired.stdout).toMatch(/^ {2}taken {4}fetch, review, pay/m);
    expect(repaired.stdout).toMatch(/^ {2}again {4}told:/m);
    // "c" was under way when "bad" failed: it was cut off, and is not what has failed.
    const again = await done();
    expect(again).toContain("check good");
    expect(again).toContain("end");
    for (const line of ["fetch", "pay", "check bad"]) expect(again).not.toContain(line);

    const id = /one-repair-[0-9a-f]{8}/.exec(repaired.stdout)?.[0] ?? "";
    const { run } = (await json("show", id)).document;
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      principal: "ben@example.com",
      input: { order: "O-1" },
      output: { count: 3 },
    });
    expect((await json("show", id, "--output", "checked")).document.output).toEqual([
      { item: "a" },
      { item: "good" },
      { item: "c" },
    ]);
  });

  it("links both runs, in the audit and in show, and keeps who approved", async () => {
    const id = /one-repair-[0-9a-f]{8}/.exec((await call("runs")).stdout)?.[0] ?? "";
    const entries = async (run: string) =>
      (await json("audit", "export", run)).document.audit as {
        event: string;
        actor: string;
        data: object;
      }[];
    const repaired = {
      step: "check",
      iteration: "1",
      reason: "a typo in the order",
      changed: ["item"],
    };
    expect(await entries("one")).toContainEqual(
      expect.objectContaining({
        event: "run.repaired",
        actor: "dan@example.com",
        data: expect.objectContaining({ ...repaired, run: id }),
      }),
    );
    const own = await entries(id);
    expect(own).toContainEqual(
      expect.objectContaining({
        event: "run.continues",
        data: expect.objectContaining({ ...repaired, of: "one" }),
      }),
    );
    expect(own).toContainEqual(
      expect.objectContaining({
        event: "approval.decided",
        data: expect.objectContaining({ verdict: "approved", keptFrom: expect.any(String) }),
      }),
    );
    for (const run of ["one", id]) expect((await call("audit", "verify", run)).exitCode).toBe(0);
    expect((await call("show", "one")).stdout).toContain(`repaired by dan@example.com: ${id}`);
    expect((await call("show", id)).stdout).toContain("goes on from one, at check [1]");
    const explained = (await call("explain", id)).stdout.replace(/\s+/g, " ");
    expect(explained).toContain("goes on from one, at check[1], given another item");
    expect(explained).toContain("repaired by dan@example.com: a typo in the order");
  });

  it("said once more, finds what it has begun", async () => {
    const repeat = await json(
      ...["repair", "one", "--step", "check", "--input", await input({ item: "good" })],
      ...["--reason", "a typo in the order", "--as", "dan@example.com"],
    );
    expect(repeat.document.repair.how).toBe("new run");
    expect(await done()).toEqual([]);
    expect((await json("runs")).document.runs).toHaveLength(2);
  });

  it("the new run can be replayed, with nothing taken from anywhere but its record", async () => {
    const id = /one-repair-[0-9a-f]{8}/.exec((await call("runs")).stdout)?.[0] ?? "";
    const { exitCode, stdout, stderr } = await call("replay", id);
    expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: "" });
    // Code without effect runs again, in two worlds; nothing else does.
    expect(await done()).toEqual(["check c", "check c", "check good", "check good"]);
  });

  it("without another input redrives the run itself", async () => {
    await writeFile(join(project.parent, "down"), "");
    await failedRun("two");
    const file = await input({ item: "good" });
    const failed = await json("repair", "two", "--input", file, "--reason", "typo");
    expect(failed.exitCode).toBe(1);
    const { run: id } = failed.document.repair;
    await done();
    await rm(join(project.parent, "down"));
    const redriven = await json("repair", id, "--reason", "the service is back");
    expect(redriven.document).toMatchObject({
      repair: { how: "redriven", run: id, step: "end", changed: [], taken: [] },
      run: { id, status: "SUCCEEDED" },
    });
    expect(await done()).toEqual(["end"]);
  });

  it("asks a person anew where the evidence is another, and pays no second time", async () => {
    await failedRun("three");
    await done();
    const asked = await json(
      ...["repair", "three", "--step", "fetch", "--input", await input({ order: "O-9" })],
      ...["--reason", "the wrong order"],
    );
    const { run } = asked.document;
    expect(run).toMatchObject({ status: "RUNNING", waitingFor: [expect.any(String)] });
    const decided = await call("decide", run.waitingFor[0], "--approve", "--as", "ann@example.com");
    expect(decided.stdout).toContain("has had its effect in the run three, for another input");
    expect(await done()).toEqual(["fetch"]);
  });

  it.each([
    ["a run that has succeeded", ["one-repair"], "RunNotRepairable", /has succeeded/],
    ["an unknown run", ["nobody"], "RunNotFound", /nobody/],
    [
      "a step that it has not come to",
      ["one", "--step", "end"],
      "RunNotRepairable",
      /not come to a step "end"/,
    ],
    [
      "an iteration that it has not",
      ["one", "--step", "check", "--iteration", "9"],
      "RunNotRepairable",
      /iteration 9/,
    ],
  ])("%s", async (_what, argv, code, message) => {
    const { exitCode, document } = await json("repair", ...argv, "--reason", "x");
    expect({ exitCode, code: document.error.code }).toEqual({ exitCode: 1, code });
    expect(document.error.message).toMatch(message);
    expect(document.error.hint).toEqual(expect.any(String));
  });

  it("an approval has no input of its own", async () => {
    const file = await input({ total: 1 });
    const { document } = await json(
      "repair",
      "one",
      "--step",
      "review",
      "--input",
      file,
      "--reason",
      "x",
    );
    expect(document.error).toMatchObject({ code: "RunNotRepairable" });
  });

  it("a reason is part of it", async () => {
    const { exitCode, stderr } = await call("repair", "one");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--reason");
  });
});
