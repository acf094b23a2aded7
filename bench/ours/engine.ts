/**
 * The engine: `runs` runs at once through a machine of `steps` states in a row, `repeat` times over.
 * `durable` keeps the journal on disk, with an fsync before each task; full history either way.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Engine } from "../../lib/engine/index.ts";
import { report, time } from "../peers/report.mjs";

const Options = z.object({
  durable: z.boolean(),
  type: z.enum(["Task", "Pass"]),
  steps: z.number(),
  runs: z.number(),
  repeat: z.number(),
  warmup: z.number(),
});

/** Tasks in the form in which workflows are compiled: JSONata for what goes in and what comes out. */
function definition(steps: number, type: "Task" | "Pass"): string {
  const work =
    type === "Pass"
      ? { Type: "Pass" }
      : {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Arguments: { FunctionName: "add", Payload: { n: "{% $states.input.n %}" } },
          Output: "{% $states.result.Payload %}",
        };
  const states = Array.from({ length: steps }, (_, i) => [
    `s${i}`,
    { ...work, ...(i === steps - 1 ? { End: true } : { Next: `s${i + 1}` }) },
  ]);
  return JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: "s0",
    States: Object.fromEntries(states),
  });
}

/** What the definition above makes of a state's input. */
interface TaskArguments {
  readonly Payload: { readonly n: number };
}

interface Workload {
  readonly engine: Engine;
  readonly stateMachineArn: string;
  readonly expected: string;
}

/** One run from start to end, result checked. */
async function run({ engine, stateMachineArn, expected }: Workload): Promise<string> {
  const { executionArn } = await engine.startExecution({ stateMachineArn, input: '{"n":0}' });
  const { status, output } = await engine.waitForEnd(executionArn);
  if (status !== "SUCCEEDED" || output !== expected) {
    throw new Error(`a run ended ${status} with ${output}, not with ${expected}`);
  }
  return executionArn;
}

/** Entering and leaving each state, the start and the end, and three events more for each task. */
async function checkHistory({ engine }: Workload, executionArn: string, expected: number) {
  const { events } = await engine.getExecutionHistory({
    executionArn,
    reverseOrder: true,
    maxResults: 1,
  });
  const found = events[0]?.id;
  if (found !== expected) throw new Error(`a history has ${found} events, not ${expected}`);
}

await report(async (given) => {
  const { durable, type, steps, runs, repeat, warmup } = Options.parse(given);
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-"));
  try {
    const engine = await Engine.open({
      ...(durable ? { directory: folder } : {}),
      invoke: async (task) => {
        const { Payload } = task.arguments as unknown as TaskArguments;
        return { StatusCode: 200, Payload: { n: Payload.n + 1 } };
      },
    });
    const { stateMachineArn } = await engine.createStateMachine({
      name: "chain",
      definition: definition(steps, type),
    });
    const expected = `{"n":${type === "Task" ? steps : 0}}`;
    const workload: Workload = { engine, stateMachineArn, expected };
    const batch = () => Promise.all(Array.from({ length: runs }, () => run(workload)));
    for (let i = 0; i < warmup; i++) await batch();
    const ms = await time(async () => {
      for (let i = 0; i < repeat; i++) await batch();
    });
    const last = await run(workload);
    await checkHistory(workload, last, steps * (type === "Task" ? 5 : 2) + 2);
    await engine.close();
    return { value: (steps * runs * repeat) / (ms / 1000), ms };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
