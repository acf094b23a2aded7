import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../lib/local/ports/clock.ts";
import { openPorts } from "../../../lib/local/ports/index.ts";
import type { AgentOutcome } from "../../../lib/runtime/agent/agent-call.ts";
import { openBudget } from "../../../lib/runtime/budget/budget.ts";
import { AGENT, journalOf, scene } from "./agent-scene.ts";
import { approvalOf, CALL, DOCUMENT } from "./ten-turns.ts";

const PROCESS = join(import.meta.dirname, "agent-process.ts");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-kill-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The outcome, or "killed" once the process has written so many dots. */
function runProcess(resume: unknown, killAfter: number): Promise<AgentOutcome | "killed"> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", PROCESS, folder, JSON.stringify(resume)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  let problems = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if ((text.match(/\./g)?.length ?? 0) >= killAfter) child.kill("SIGKILL");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    problems += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      const line = text.split("\n")[1];
      if (line) resolve(JSON.parse(line) as AgentOutcome);
      else if (signal === "SIGKILL") resolve("killed");
      else reject(new Error(`The process ended with ${code}: ${problems}`));
    });
  });
}

describe("an agent over files, in processes of its own", () => {
  it("ends with one artifact, one effect and one bill, though kill -9 comes at any time", async () => {
    let resume: unknown = null;
    const kills: number[] = [];
    let output: unknown;
    while (output === undefined) {
      // Five times, at points that nobody has chosen; then it may live.
      const dots = kills.length < 5 ? 3 + Math.floor(Math.random() * 40) : Number.POSITIVE_INFINITY;
      const outcome = await runProcess(resume, dots);
      if (outcome === "killed") kills.push(dots);
      else if (outcome.status === "done") output = outcome.output;
      else if (outcome.status === "awaitingApproval") resume = approvalOf(outcome.toolUseId);
    }
    const where = `killed after ${kills.join(", ")} calls`;
    expect(kills.length).toBeGreaterThan(0);
    expect(output, where).toEqual({ verdict: "good", quote: "large" });
    const ports = { ...openPorts(folder), clock: systemClock };
    const effects = await readFile(join(folder, "effects.txt"), "utf8");
    expect(effects.trim().split("\n"), where).toHaveLength(1);
    const entries = await journalOf(scene({ model: [], call: CALL, ports }));
    const results = entries.flatMap((entry) => (entry.kind === "tool" ? [entry.call] : []));
    expect(new Set(results).size).toBe(results.length);
    expect(results).toHaveLength(14);
    expect(entries.filter(({ kind }) => kind === "model")).toHaveLength(10);
    const budget = { ...AGENT.budget, ...DOCUMENT.budget };
    expect((await openBudget(budget, CALL, ports).spent()).run, where).toEqual({
      spent: { cost: 6000, inputTokens: 1000, outputTokens: 200 },
      reserved: { cost: 0, inputTokens: 0, outputTokens: 0 },
    });
  });
});
