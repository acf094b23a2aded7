/** Agents from the command line: a killed process loses and repeats nothing, and all is shown. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { espalier } from "../cli/espalier.ts";
import { writeDesk } from "../local/desk-project.ts";
import { spansOf } from "../runtime/trace/otlp-shape.ts";
import { type Spawned, spawnEspalier } from "./project.ts";

let folder = "";
let log = "";
let dev: Spawned | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-agents-"));
  log = join(folder, "log");
  await writeDesk(folder);
});
afterAll(async () => {
  await dev?.kill("SIGTERM");
  await rm(folder, { recursive: true, force: true });
});

async function input(work: { readonly slow: number; readonly file: boolean }): Promise<string> {
  const file = join(folder, "input.json");
  const given = { question: "What is a greeting?", work: { log, ...work } };
  await writeFile(file, JSON.stringify(given));
  return file;
}

const command = (...argv: string[]) => espalier(argv, { cwd: folder });
const lines = async () =>
  existsSync(log) ? (await readFile(log, "utf8")).trim().split("\n").sort() : [];

async function startDev(): Promise<Spawned> {
  dev = spawnEspalier(["dev", "--port", "0"], { cwd: folder });
  await dev.until(/Ready at/);
  return dev;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!(await done())) {
    if (Date.now() > giveUpAt) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ended(run: string): Promise<boolean> {
  const { stdout } = await command("show", run, "--json");
  return JSON.parse(stdout).run.status !== "RUNNING";
}

describe("an agent whose process is killed", () => {
  it("goes on from its journal: no turn is lost, no tool is called again", async () => {
    const first = await startDev();
    const given = await input({ slow: 120_000, file: false });
    const started = await command("run", "desk", "--name", "killed", "--detach", "--input", given);
    expect(started.exitCode, started.stderr).toBe(0);
    await until(async () => (await lines()).includes("turn 1"));
    expect(await first.kill("SIGKILL")).toBe("SIGKILL");
    const second = await startDev();
    await until(() => ended("killed"));
    await second.kill("SIGTERM");
    dev = undefined;
    expect(await lines()).toEqual(["read a.txt", "read b.txt", "turn 0", "turn 1", "turn 1"]);
    const shown = JSON.parse((await command("show", "killed", "--json")).stdout);
    expect(shown.run.status).toBe("SUCCEEDED");
    // The turn that was cut off cost nothing that is counted twice.
    expect(shown.usage).toMatchObject({ calls: 3, toolCalls: 2 });
  });

  it("leaves one trace, the same in the run's folder and on the command line", async () => {
    const shown = JSON.parse((await command("show", "killed", "--trace", "--json")).stdout);
    const kept = join(folder, ".espalier/runs/killed");
    const exported = JSON.parse(await readFile(join(kept, "trace.json"), "utf8"));
    expect(shown.trace).toEqual(exported);
    const names = spansOf(exported).map(({ name }) => name);
    expect(names.filter((name) => name === "execute_tool read_file")).toHaveLength(2);
    expect(names.filter((name) => name === "chat stand-in")).toHaveLength(3);
    expect(JSON.stringify(exported)).not.toContain("What is a greeting?");
    const { files, run } = JSON.parse(await readFile(join(kept, "run.json"), "utf8"));
    expect(Object.keys(files).sort()).toEqual([
      ...["approvals.json", "history.jsonl.gz", "input.json", "journals.json"],
      ...["output.json", "trace.json"],
    ]);
    expect(run.usage).toMatchObject({ calls: 3, answeredBy: [{ adapter: "stand-in" }] });
  });
});

describe("what is shown of models and agents", () => {
  it("names who answered, and what each step has used, once a run", async () => {
    const given = await input({ slow: 0, file: false });
    const { stdout, stderr, exitCode } = await command("run", "desk", "--input", given);
    expect(exitCode, stderr).toBe(0);
    expect(stdout.match(/answered by a stand-in \(scripted, no model\)/g)).toHaveLength(1);
    expect(stdout).toMatch(
      / {2}answer {2}2 turns, 2 tool calls, [\d,]+ \+ \d+ tokens, 0\.00\d+ USD/,
    );
    expect((await command("runs")).stdout).toMatch(/MODELS\n.*0\.00\d+ USD/);
  });

  it("is a trace in 80 columns, an agent's turns, and its steps with their cost", async () => {
    const trace = (await command("show", "killed", "--trace")).stdout;
    expect(trace).toMatch(/SPAN +TOOK +TOKENS +COST +END/);
    expect(trace).toMatch(/\n {2}invoke_agent clerk .* USD/);
    expect(trace).toMatch(/\n {4}execute_tool read_file /);
    const turns = (await command("show", "killed", "--turns", "answer")).stdout;
    expect(turns).toMatch(/^ +answered by a stand-in \(scripted, no model\)\n/);
    expect(turns).toMatch(/turn 1: tool_use, \d+ \+ \d+ tokens, 0\.00\d+/);
    expect(turns).toMatch(/call_1_1 read_file \{"name":"a.txt"/);
    expect(turns).toMatch(/goes on\n.*turn 2/s);
    const steps = (await command("show", "killed")).stdout;
    expect(steps).toMatch(/answer +agent .*\n +2 turns, 2 tool calls, .*went on 1 time/);
    for (const line of [trace, turns, steps].join("\n").split("\n").filter(isTable)) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  it("says which agents there are where one is asked for that is not", async () => {
    const { exitCode, stderr } = await command("show", "killed", "--turns", "nobody");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Agents that have begun: answer.");
  });
});

/** Not a path or a digest, which may be as long as they like. */
function isTable(line: string): boolean {
  return !line.includes(tmpdir()) && !line.includes("sha256:");
}
