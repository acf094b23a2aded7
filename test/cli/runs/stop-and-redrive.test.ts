/** `stop` and `redrive` on this machine; `test/cli/aws/commands.test.ts` has them on AWS. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { useProject } from "../../e2e/project.ts";
import { espalier } from "../espalier.ts";

const project = useProject();

async function call(...argv: string[]) {
  return espalier(argv, { cwd: project.folder, stdin: '{"name":"Ada"}' });
}

async function json(...argv: string[]) {
  const { exitCode, stdout, stderr } = await call(...argv, "--json");
  return { exitCode, stderr, document: JSON.parse(stdout) };
}

/** A run that waits for a person. */
function startWaiting(name: string) {
  return call("run", "hello", "--input", "-", "--name", name, "--as", "ben@example.com");
}

describe("stop and redrive", () => {
  it("end a run that waits, and take it up again where it was", async () => {
    expect((await startWaiting("one")).exitCode).toBe(0);
    const stopped = await call("stop", "one", "--reason", "wrong name");
    expect(stopped).toMatchObject({ exitCode: 0, stderr: "" });
    expect(stopped.stdout).toBe(
      "Stopped one: wrong name\nTake it up again: espalier redrive one\n",
    );
    const { document } = await json("show", "one");
    expect(document.run).toMatchObject({
      status: "ABORTED",
      error: { name: "Stopped", cause: "wrong name" },
      waitingFor: [],
    });
    expect((await json("approvals")).document.approvals).toEqual([]);

    const redriven = await call("redrive", "one");
    expect(redriven).toMatchObject({ exitCode: 0, stderr: "" });
    expect(redriven.stdout).toMatch(/^Goes on: one\n/);
    expect(redriven.stdout).not.toMatch(/^ {2}greeting/m);
    expect(redriven.stdout).toContain("Waits for a person");
    const [{ id }] = (await json("approvals")).document.approvals;
    const decided = await call("decide", id, "--approve", "--as", "ann@example.com");
    expect(decided.stdout).toContain("Succeeded");
  });

  it("say as a document how the run stands", async () => {
    await startWaiting("two");
    expect(await json("stop", "two")).toMatchObject({
      exitCode: 0,
      stderr: "",
      document: {
        run: { id: "two", status: "ABORTED", error: { cause: "Stopped from the command line" } },
      },
    });
    expect(await json("redrive", "two", "--detach")).toMatchObject({
      exitCode: 0,
      document: { run: { id: "two", status: "RUNNING" } },
    });
    const { exitCode, document } = await json("stop", "two");
    expect({ exitCode, status: document.run.status }).toEqual({ exitCode: 0, status: "ABORTED" });
    const followed = await json("redrive", "two");
    expect(followed.document).toMatchObject({
      run: { status: "RUNNING", waitingFor: [expect.any(String)] },
      steps: [
        { step: "greeting", outcome: "succeeded" },
        { step: "review", outcome: "waiting" },
      ],
    });
    await call("stop", "two");
  });

  it("redrive shows how a run that fails again ends, with exit code 1", async () => {
    const code = join(project.folder, "bundles/hello/code/greet.ts");
    const broken = `import { step, z } from "espalier";
import { existsSync } from "node:fs";
const output = z.object({ text: z.string() });
export default step({
  input: z.object({ name: z.string() }),
  output,
  async run({ name }) {
    if (!existsSync(${JSON.stringify(join(project.parent, "mended"))})) throw new Error("not yet");
    return { text: \`Hello, \${name}!\` };
  },
});
`;
    await writeFile(code, broken);
    const failed = await call("run", "hello", "--name", "three", "--as", "ben@example.com");
    expect(failed.exitCode, failed.stdout + failed.stderr).toBe(1);
    expect((await call("redrive", "three")).exitCode).toBe(1);
    await writeFile(join(project.parent, "mended"), "");
    const mended = await call("redrive", "three");
    expect(mended.stdout).toMatch(/^ {2}greeting/m);
    expect(mended.stdout).toContain("Succeeded");
    expect(mended.exitCode).toBe(0);
  });
});

describe("what cannot be stopped or redriven", () => {
  beforeAll(async () => {
    await call("run", "hello", "--name", "done", "--as", "ben@example.com");
    await startWaiting("open");
  });

  it.each([
    ["an unknown run", ["stop", "nobody"], "RunNotFound", /nobody/],
    ["an unknown run", ["redrive", "nobody"], "RunNotFound", /nobody/],
    ["a run that has ended", ["stop", "done"], "RunEnded", /done has ended already: succeeded/],
    ["a run that has succeeded", ["redrive", "done"], "RunNotRedrivable", /has succeeded/],
    ["a run that goes on", ["redrive", "open"], "RunNotRedrivable", /is still running/],
  ])("%s: %j", async (_what, argv, code, message) => {
    const { exitCode, stderr, document } = await json(...argv);
    expect({ exitCode, stderr, code: document.error.code }).toEqual({
      exitCode: 1,
      stderr: "",
      code,
    });
    expect(document.error.message).toMatch(message);
    expect(document.error.hint).toEqual(expect.any(String));
  });

  it("a reason that says nothing", async () => {
    const { exitCode, stderr } = await call("stop", "open", "--reason", " ");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--reason.*expected some text/);
  });

  it.each(["stop", "redrive"])(
    "%s where nothing ever ran, which leaves no folder",
    async (name) => {
      const data = join(project.parent, "nothing");
      const { exitCode, stderr } = await call(name, "x", "--data", data);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^error: Nothing has run here/);
      await expect(rm(data)).rejects.toThrow("ENOENT");
    },
  );
});
