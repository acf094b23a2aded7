import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentOutcome, AgentResume } from "../../../lib/runtime/agent/agent-call.ts";
import { openBudget } from "../../../lib/runtime/budget/budget.ts";
import { StepError } from "../../../lib/runtime/errors.ts";
import type { StepPorts } from "../../../lib/runtime/invoke-step.ts";
import type { JsonObject } from "../../../lib/runtime/json.ts";
import { AGENT, enter, journalOf, memoryPorts, type Scene, scene } from "./agent-scene.ts";
import { type Process, startProcess } from "./crashing-world.ts";
import { approvalOf, CALL, DOCUMENT, type Press, tenTurns, tenTurnsTools } from "./ten-turns.ts";

/** What outlives processes: the store, and what was done to the world. */
interface Lasting {
  readonly ports: StepPorts;
  readonly published: Map<string, string[]>;
  readonly evidence: Set<string>;
  modelCalls: number;
}

function lasting(): Lasting {
  return { ports: memoryPorts(), published: new Map(), evidence: new Set(), modelCalls: 0 };
}

function press({ published }: Lasting): Press {
  return (key, text) => {
    published.set(key, published.get(key) ?? [text]);
  };
}

let processes = 0;

/** The agent in a process of its own. */
function agentIn(process: Process, world: Lasting): Scene {
  const ports: StepPorts = {
    artifacts: process.wrap("artifacts", world.ports.artifacts),
    records: process.wrap("records", world.ports.records),
    clock: world.ports.clock,
  };
  return scene({
    document: DOCUMENT,
    call: CALL,
    ports,
    model: process.wrap(
      "model",
      tenTurns(() => (world.modelCalls += 1)),
    ),
    tools: process.wrap("tools", tenTurnsTools(press(world), `process-${processes++}`, ports)),
  });
}

/** What the state machine does: calls the function, again where it died, until the agent is done. */
async function runToTheEnd(world: Lasting, deaths: readonly number[]) {
  const waiting = [...deaths];
  const started: Process[] = [];
  let resume: AgentResume | null = null;
  for (;;) {
    const process = startProcess(waiting.shift());
    started.push(process);
    const outcome: AgentOutcome | "dead" = await Promise.race([
      enter(agentIn(process, world), resume),
      process.death,
    ]);
    if (outcome === "dead") continue;
    if (outcome.status === "done") return { output: outcome.output, processes: started };
    if (outcome.status === "continue") {
      resume = null;
      continue;
    }
    world.evidence.add(JSON.stringify(outcome.evidence));
    resume = approvalOf(outcome.toolUseId);
  }
}

/** What must be the same, wherever and however often it died. */
async function resultOf(world: Lasting, output: unknown) {
  const entries = await journalOf(scene({ model: [], call: CALL, ports: world.ports }));
  const budget = openBudget({ ...AGENT.budget, ...DOCUMENT.budget }, CALL, world.ports);
  const results: JsonObject = {};
  for (const entry of entries) {
    if (entry.kind !== "tool") continue;
    expect(results, `${entry.call} has one result`).not.toHaveProperty(entry.call);
    results[entry.call] = JSON.stringify(entry.result).slice(0, 100);
  }
  return {
    output,
    results: Object.fromEntries(Object.entries(results).sort()),
    turns: entries.flatMap((entry) => (entry.kind === "model" ? [entry.request] : [])),
    decisions: entries.filter(({ kind }) => kind === "decision").length,
    ends: entries.filter(({ kind }) => kind === "done").length,
    published: [...world.published],
    evidence: [...world.evidence],
    spent: (await budget.spent()).run,
  };
}

async function undisturbed() {
  const world = lasting();
  const { output, processes: started } = await runToTheEnd(world, []);
  return {
    result: await resultOf(world, output),
    modelCalls: world.modelCalls,
    points: started.map((process) => process.points()),
    trace: started.flatMap(({ trace }) => trace),
  };
}

describe("an agent that dies", () => {
  it("has ten turns, parallel calls, and one approved write, if it does not", async () => {
    const { result, modelCalls, trace } = await undisturbed();
    expect(modelCalls).toBe(10);
    expect(result.output).toEqual({ verdict: "good", quote: "large" });
    expect(result.published).toHaveLength(1);
    expect(Object.keys(result.results)).toHaveLength(14);
    expect(result.spent).toEqual({
      spent: { cost: 6000, inputTokens: 1000, outputTokens: 200 },
      reserved: { cost: 0, inputTokens: 0, outputTokens: 0 },
    });
    for (const place of ["model.converse", "tools.call", "records.put", "artifacts.put"]) {
      expect(trace).toContain(`before ${place}`);
      expect(trace).toContain(`after ${place}`);
    }
  });

  it("at any point of its life ends as if it had not", async () => {
    const whole = await undisturbed();
    const [before = 0, after = 0] = whole.points;
    expect(whole.points).toHaveLength(2);
    const points = before + after;
    for (let point = 0; point < points; point++) {
      const world = lasting();
      // A point of the second process: the first one lives until it asks for the approval.
      const deaths = point < before ? [point] : [Number.POSITIVE_INFINITY, point - before];
      const { output, processes: started } = await runToTheEnd(world, deaths);
      const where = `point ${point}, ${whole.trace[point]}`;
      expect(started.length, where).toBe(3);
      expect(await resultOf(world, output), where).toEqual(whole.result);
      expect(world.modelCalls, where).toBeLessThanOrEqual(whole.modelCalls + 1);
    }
    console.info(`crash points of an agent with ten turns: ${points}`);
  });

  it("again and again, early or late, ends as if it had not", async () => {
    const whole = await undisturbed();
    const deaths = fc.array(fc.nat({ max: 120 }), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(deaths, async (at) => {
        const world = lasting();
        const { output } = await runToTheEnd(world, at);
        expect(await resultOf(world, output)).toEqual(whole.result);
      }),
      { numRuns: 60 },
    );
  });

  it("after its end gives the same artifact, and asks nobody", async () => {
    const world = lasting();
    await runToTheEnd(world, []);
    const calls = world.modelCalls;
    const { output } = await runToTheEnd(world, []);
    expect(output).toEqual({ verdict: "good", quote: "large" });
    expect(world.modelCalls).toBe(calls);
  });

  it("and others that are called at the same time end with one artifact and one effect", async () => {
    const whole = await undisturbed();
    const delays = fc.array(fc.nat({ max: 3 }), { minLength: 20, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(delays, async (waits) => {
        const world = lasting();
        let turn = 0;
        const slow = {
          ...world,
          ports: slowed(world.ports, () => waits[turn++ % waits.length] ?? 0),
        };
        const outputs = await Promise.all([1, 2, 3].map(() => runUntilDone(slow)));
        expect(outputs).toEqual(outputs.map(() => whole.result.output));
        const { published, results, ends, turns } = await resultOf(world, outputs[0]);
        expect({ published, results, ends, turns }).toEqual({
          published: whole.result.published,
          results: whole.result.results,
          ends: 1,
          turns: whole.result.turns,
        });
      }),
      { numRuns: 15 },
    );
  });
});

/** Calls the function until the agent is done, as three state machines would that know nothing of each other. */
async function runUntilDone(world: Lasting) {
  let resume: AgentResume | null = null;
  for (;;) {
    try {
      const outcome: AgentOutcome = await enter(agentIn(startProcess(), world), resume);
      if (outcome.status === "done") return outcome.output;
      resume = outcome.status === "awaitingApproval" ? approvalOf(outcome.toolUseId) : null;
    } catch (error) {
      if (!(error instanceof StepError) || error.name !== "Step.InProgress") throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    }
  }
}

/** Every call of the store takes some turns of the event loop. */
function slowed(ports: StepPorts, turns: () => number): StepPorts {
  const wait = async () => {
    for (let left = turns(); left > 0; left -= 1) await new Promise(setImmediate);
  };
  const { records } = ports;
  return {
    ...ports,
    records: {
      ...records,
      get: async (key) => wait().then(() => records.get(key)),
      query: async (query) => wait().then(() => records.query(query)),
      put: async (item, condition) => wait().then(() => records.put(item, condition)),
    },
  };
}
