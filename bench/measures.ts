/** What is measured, with what, and what we aim at. The numbers of the aims are those of the design. */

import { agentMeasures } from "./agent-measures.ts";
import { approvalMeasures } from "./approval-measures.ts";
import { deploymentMeasures } from "./deployment-measures.ts";
import { replayMeasures } from "./replay-measures.ts";
import { supportMeasures } from "./support-measures.ts";

/** A program that runs in a process of its own and prints one JSON line (`result.ts`). */
export interface Program {
  readonly name: string;
  /** Path inside `bench/`. */
  readonly file: string;
  readonly options: Readonly<Record<string, string | number | boolean | readonly number[]>>;
}

export interface Peer extends Program {
  /** Ours has to reach so many times the peer's rate. Absent: for information. */
  readonly atLeast?: number;
  /** Ours may take so many times the peer's time. */
  readonly atMost?: number;
}

export interface Measure {
  readonly id: string;
  readonly title: string;
  /** Of all values of this measure. Rates are better when higher, milliseconds when lower. */
  readonly unit: "steps/s" | "states/s" | "runs/s" | "ms" | "KB" | "×" | "too many";
  readonly ours: Program;
  readonly peers: readonly Peer[];
  /** Where the aim is a figure and not a ratio: milliseconds to stay under. */
  readonly under?: number;
  /** The same for a figure that may just be reached. */
  readonly atMost?: number;
  /** Where the aim is a rate: to reach at least. */
  readonly atLeast?: number;
  /** Every program of the measure runs so often; the median counts. */
  readonly rounds: number;
}

/** How much work each program gets. `quick` proves that all works; its figures mean little. */
export interface Sizes {
  readonly chain: number;
  readonly rounds: number;
  /** Batches of 16 short runs that are timed. */
  readonly batches: number;
  /** In-memory chains that are timed, after as many that are not, so that compiled code runs. */
  readonly memoryRuns: number;
  readonly manifestSteps: number;
  readonly compilations: number;
  /** Tasks of the bundle that is synthesized. */
  readonly synthSteps: number;
  /** Numbers of bundles, of `manySteps` tasks each, that are synthesized. */
  readonly many: readonly [number, number, number, number];
  readonly manySteps: number;
  /** New processes that import a function, a round. */
  readonly imports: number;
  /** Runs of an agent that are timed, after as many that are not. */
  readonly agentRuns: number;
  /** Turns of the agent whose journal is read. */
  readonly agentTurns: number;
  /** Support tickets that are answered. */
  readonly tickets: number;
  /** Rounds of twenty decisions. */
  readonly approvalBatches: number;
  /** Whether the figures may be held against the aims. */
  readonly judged: boolean;
}

export const FULL: Sizes = {
  chain: 1000,
  rounds: 5,
  batches: 100,
  memoryRuns: 30,
  manifestSteps: 200,
  compilations: 30,
  synthSteps: 10,
  many: [1, 10, 25, 50],
  manySteps: 3,
  imports: 9,
  agentRuns: 500,
  agentTurns: 50,
  approvalBatches: 25,
  tickets: 100,
  judged: true,
};

export const QUICK: Sizes = {
  chain: 100,
  rounds: 1,
  batches: 5,
  memoryRuns: 5,
  manifestSteps: 200,
  compilations: 5,
  synthSteps: 2,
  many: [1, 2, 3, 4],
  manySteps: 1,
  imports: 1,
  agentRuns: 5,
  agentTurns: 5,
  approvalBatches: 1,
  tickets: 10,
  judged: false,
};

const AT_ONCE = 16;

export function measures(sizes: Sizes): Measure[] {
  const { chain, rounds, judged } = sizes;
  const atLeast = (ratio: number) => (judged ? { atLeast: ratio } : {});
  const long = Math.min(rounds, 3);
  const steps = chain.toLocaleString("en");
  const alone = { steps: chain, runs: 1, repeat: 1, warmup: 1 };
  const many = { steps: chain, runs: AT_ONCE, repeat: 1, warmup: 0 };
  const short = { steps: 3, runs: AT_ONCE, repeat: sizes.batches, warmup: sizes.batches };
  const memory = {
    steps: chain,
    runs: 1,
    repeat: sizes.memoryRuns,
    warmup: sizes.memoryRuns,
  };
  const manifest = { steps: sizes.manifestSteps };
  return [
    {
      id: "durable-chain",
      title: `durable chain of ${steps} tasks, alone`,
      unit: "steps/s",
      ours: engine({ ...alone, repeat: 3, durable: true, type: "Task" }),
      peers: [
        { ...langgraph("sqlite", alone), ...atLeast(5) },
        langgraph("sqlite-fsync", alone),
        langgraph("memory", alone),
      ],
      rounds: long,
    },
    {
      id: "durable-chain-16",
      title: `durable chain of ${steps} tasks, ${AT_ONCE} at once`,
      unit: "steps/s",
      ours: engine({ ...many, warmup: 1, durable: true, type: "Task" }),
      peers: [{ ...langgraph("sqlite", many), ...atLeast(5) }],
      rounds: long,
    },
    {
      id: "durable-short-16",
      title: `durable runs of 3 tasks, ${AT_ONCE} at once`,
      unit: "steps/s",
      ours: engine({ ...short, durable: true, type: "Task" }),
      peers: [
        { ...langgraph("sqlite", short), ...atLeast(5) },
        langgraph("sqlite-fsync", short),
        langgraph("memory", short),
      ],
      rounds,
    },
    {
      id: "memory-pass",
      title: `in memory, chain of ${steps} Pass states`,
      unit: "states/s",
      ours: engine({ ...memory, durable: false, type: "Pass" }),
      peers: [{ ...localStepFunctions({ ...memory, type: "Pass" }), ...atLeast(0.2) }],
      rounds,
    },
    {
      id: "memory-task",
      title: `in memory, chain of ${steps} Task states`,
      unit: "states/s",
      ours: engine({ ...memory, durable: false, type: "Task" }),
      peers: [{ ...localStepFunctions({ ...memory, type: "Task" }), ...atLeast(0.2) }],
      rounds,
    },
    {
      id: "compile",
      title: `read and compile a manifest of ${sizes.manifestSteps} steps, warm`,
      unit: "ms",
      ours: compiler({ ...manifest, repeat: sizes.compilations, cold: false, read: true }),
      peers: [],
      ...(judged ? { under: 50 } : {}),
      rounds,
    },
    {
      id: "compile-cold",
      title: `compile a manifest of ${sizes.manifestSteps} steps, first call of a process, once read`,
      unit: "ms",
      ours: compiler({ ...manifest, repeat: 1, cold: true, read: false }),
      peers: [],
      ...(judged ? { under: 50 } : {}),
      rounds,
    },
    {
      id: "read-and-compile-cold",
      title: `read and compile a manifest of ${sizes.manifestSteps} steps, first call of a process`,
      unit: "ms",
      ours: compiler({ ...manifest, repeat: 1, cold: true, read: true }),
      peers: [],
      rounds,
    },
    ...agentMeasures(sizes),
    ...approvalMeasures(sizes),
    ...supportMeasures(sizes),
    ...replayMeasures(sizes),
    ...deploymentMeasures(sizes),
  ];
}

function engine(options: Program["options"]): Program {
  return { name: "Espalier", file: "ours/engine.ts", options };
}

function compiler(options: Program["options"]): Program {
  return { name: "Espalier", file: "ours/compile.ts", options };
}

const SAVERS = {
  sqlite: "LangGraph, SqliteSaver",
  "sqlite-fsync": "LangGraph, SqliteSaver with fsync",
  memory: "LangGraph, MemorySaver",
} as const;

function langgraph(saver: keyof typeof SAVERS, options: Program["options"]): Peer {
  return { name: SAVERS[saver], file: "peers/langgraph.mjs", options: { ...options, saver } };
}

function localStepFunctions(options: Program["options"]): Peer {
  return { name: "aws-local-stepfunctions", file: "peers/local-stepfunctions.mjs", options };
}
