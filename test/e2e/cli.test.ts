import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { espalier, type Ran } from "../cli/espalier.ts";
import type { IoOptions } from "../cli/test-io.ts";
import { useProject } from "./project.ts";

const project = useProject();
const NO_ESCAPES = /^[\P{Cc}\n]*$/u;

function run(argv: string[], options: IoOptions = {}): Promise<Ran> {
  return espalier(argv, { cwd: project.folder, ...options });
}

async function json(argv: string[], options: IoOptions = {}) {
  const ran = await run([...argv, "--json"], options);
  expect(ran.stderr).toBe("");
  return { exitCode: ran.exitCode, document: JSON.parse(ran.stdout) };
}

describe("a new folder", () => {
  it("passes check", async () => {
    const { exitCode, stdout } = await run(["check"]);
    expect(stdout).toMatch(/^ok {2}hello 0\.1\.0 {2}sha256:[0-9a-f]{12}\n$/);
    expect(exitCode).toBe(0);
    expect((await json(["check"])).document.bundles).toMatchObject([
      { folder: "bundles/hello", ok: true, workflow: "hello", diagnostics: [] },
    ]);
  });

  it("is compiled once, and then found up to date until somebody changes it", async () => {
    expect(await run(["compile", "--check"])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("missing  statemachines/hello.asl.json"),
    });
    const compiled = await run(["compile"]);
    expect(compiled.exitCode).toBe(0);
    expect(compiled.stdout).toMatch(/transitions +at most \d+ a run/);
    expect(compiled.stdout).toMatch(/FUNCTION +EFFECT +TIMEOUT +MEMORY +PERMISSIONS/);
    expect(compiled.stdout).toContain("written  statemachines/hello.asl.json");
    expect(await run(["compile", "--check"])).toMatchObject({
      exitCode: 0,
      stdout: "unchanged  statemachines/hello.asl.json\n",
    });
    const file = join(project.folder, "statemachines/hello.asl.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"greeting"', '"greetings"'));
    const stale = await run(["compile", "--check"]);
    expect(stale.exitCode).toBe(1);
    expect(stale.stdout).toMatch(/stale {2}statemachines\/hello\.asl\.json\n {2}first difference/);
    expect(stale.stdout).toMatch(/file: +.*"greetings"/);
    expect((await json(["compile", "--check"])).document.machines).toMatchObject([
      { state: "stale", firstDifference: { line: expect.any(Number) } },
    ]);
    expect(await readFile(file, "utf8")).toContain('"greetings"');
    await writeFile(file, text);
  });
});

describe("its own tests", () => {
  it("pass", () => {
    const tsx = import.meta.resolve("tsx");
    const argv = ["--import", tsx, "--test", "bundles/hello/test/greet.test.ts"];
    const ran = spawnSync(process.execPath, argv, { cwd: project.folder, encoding: "utf8" });
    expect(ran.status, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^# pass 2$/m);
  });
});

describe("before anything has run", () => {
  it("there are no runs and no approvals, and no folder is made", async () => {
    expect((await json(["runs"])).document).toEqual({ runs: [] });
    expect((await json(["approvals"])).document).toEqual({ approvals: [] });
    expect(await run(["show", "x"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("Nothing has run here"),
    });
    await expect(readFile(join(project.folder, ".espalier/format"))).rejects.toThrow("ENOENT");
  });
});

describe("a run", () => {
  it("shows its steps as they happen and ends with its output", async () => {
    const { exitCode, stdout, stderr } = await run(["run", "hello", "--name", "first"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(NO_ESCAPES);
    expect(stdout).toMatch(/^hello 0\.1\.0\n {2}run {5}first\n/);
    expect(stdout).toMatch(/^ {2}greeting +task +[\d.]+ m?s {2}done$/m);
    expect(stdout).toMatch(/^ {2}review +approval .* done$/m);
    expect(stdout).toContain('"text": "Hello, world!"');
    expect(stdout).toContain("espalier show first");
  });

  it("is listed and shown, also by a part of its id", async () => {
    expect((await run(["runs"])).stdout).toMatch(/^first \(hello\) +succeeded/m);
    const shown = await run(["show", "fir"]);
    expect(shown.stdout).toMatch(/greeting +task .* done/);
    expect(shown.stdout).toMatch(NO_ESCAPES);
    expect((await run(["show", "first", "--output", "greeting"])).stdout).toBe(
      '{\n  "text": "Hello, world!"\n}\n',
    );
    expect((await run(["show", "first", "--input", "greeting"])).stdout).toContain('"world"');
    expect((await run(["show", "first", "--input"])).stdout).toBe("{}\n");
    const { document } = await json(["show", "first", "--events"]);
    expect(document.events[0]).toMatchObject({ id: 1, type: "ExecutionStarted" });
    expect((await run(["show", "first", "--events"])).stdout).toMatch(/ExecutionSucceeded/);
    expect((await json(["show", "first"])).document).toMatchObject({
      run: { id: "first", status: "SUCCEEDED", output: { text: "Hello, world!" } },
      steps: [
        { step: "greeting", outcome: "succeeded", attempts: [{ error: null }] },
        { step: "review", kind: "approval", outcome: "succeeded" },
      ],
    });
  });

  it("started again under its name with the same input is the same run", async () => {
    const { document } = await json(["run", "hello", "--name", "first"]);
    expect(document.run).toMatchObject({ id: "first", status: "SUCCEEDED" });
    const other = await run(["run", "hello", "--name", "first", "--input", "-"], {
      stdin: '{"name":"Bo"}',
    });
    expect(other).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("first") });
  });

  it("stops where a person decides, and goes on from there to its end", async () => {
    const waits = await run(["run", "hello", "--input", "-", "--name", "second"], {
      stdin: '{"name":"Ada"}',
    });
    expect(waits.exitCode).toBe(0);
    expect(waits.stdout).toContain("Waits for a person: May this greeting go out?");
    const command = /^ {2}espalier (decide \S+ --approve --as \S+)$/m.exec(waits.stdout)?.[1];
    expect((await run(["runs"])).stdout).toMatch(/^second \(hello\) +waiting/m);
    expect((await run(["approvals"])).stdout).toMatch(/hello +May this greeting go out\?/);
    const decided = await run(command?.split(" ") ?? []);
    expect(decided).toMatchObject({ exitCode: 0, stderr: "" });
    expect(decided.stdout).toMatch(/^Approved by you@example\.com/);
    expect(decided.stdout).toContain('"approvedBy": "you@example.com"');
    expect(decided.stdout).not.toMatch(/^ {2}greeting/m);
    const again = await run(command?.split(" ") ?? []);
    expect(again).toMatchObject({ exitCode: 1, stdout: "" });
    expect(again.stderr).toContain("you@example.com");
  });

  it("that is rejected fails, with the reason", async () => {
    const { document } = await json(["run", "hello", "--input", "-"], { stdin: '{"name":"Eve"}' });
    expect(document.run).toMatchObject({ status: "RUNNING", waitingFor: [expect.any(String)] });
    const [id] = document.run.waitingFor;
    const reject = ["decide", id, "--reject", "--as", "boss@example.com"];
    expect(await run(reject)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/reason/i),
    });
    const rejected = await run([...reject, "--reason", "not \u001b[31mher\u001b[0m"]);
    expect(rejected.exitCode).toBe(1);
    expect(rejected.stdout).toMatch(/Approval\.Rejected/);
    expect(rejected.stdout).toMatch(NO_ESCAPES);
    const shown = await run(["show", document.run.id]);
    expect(shown.stdout).toMatch(/not \\u001b\[31mher/);
    expect(shown.stdout).toMatch(NO_ESCAPES);
  });

  it("is drawn with colour on a terminal, without under NO_COLOR", async () => {
    expect((await run(["runs"], { terminal: 80 })).stdout).toContain("\u001b[3");
    const plain = await run(["runs"], { terminal: 80, env: { NO_COLOR: "1" } });
    expect(plain.stdout).toMatch(NO_ESCAPES);
  });

  it("that is interrupted is kept, and says how to go on", async () => {
    const stop = new AbortController();
    stop.abort();
    const ran = await run(["run", "hello", "--name", "third"], { signal: stop.signal });
    expect(ran.exitCode).toBe(130);
    expect(ran.stderr).toMatch(
      /is kept where it stands[\s\S]*\n {2}espalier dev\n {2}espalier show third\n/,
    );
    expect((await json(["show", "third"])).document.run.id).toBe("third");
  });
});
