/** What is measured of agents: a loop of ten tool calls, and the way back into a long one. */

import type { Journal } from "./agent/ports.ts";
import type { Client } from "./agent/scripted-model.ts";
import type { Measure, Peer, Program, Sizes } from "./measures.ts";

/** Ours may take so many times what the barest loop takes. */
const OVER_FLOOR = 1.5;
/** Runs at once whose memory is measured. */
const HELD = 50;
/** A run whose entries wait for the disk takes a hundred times longer than one in memory. */
const SLOWER_ON_FILES = 20;

export function agentMeasures(sizes: Sizes): Measure[] {
  const { agentRuns: runs, agentTurns: turns, rounds, judged } = sizes;
  const inProcess = { runs, warmup: runs, held: HELD };
  const onFiles = { runs: Math.ceil(runs / SLOWER_ON_FILES), warmup: 1 };
  const overHttp = { runs: Math.ceil(runs / 5), warmup: Math.ceil(runs / 5) };
  const aim = judged ? { atLeast: 1 / OVER_FLOOR } : {};
  return [
    {
      id: "agent-loop",
      title: "agent of 10 tool calls, its model a function in the process, no journal",
      unit: "runs/s",
      ours: ours("Espalier", "function", "none", inProcess),
      peers: [
        bareLoop("function", inProcess),
        { name: "@openai/agents", file: "peers/openai-agents.mjs", options: inProcess },
        { name: "ai", file: "peers/ai-sdk.mjs", options: inProcess },
        ours("Espalier, journal in memory", "function", "memory", inProcess),
        ours("Espalier, journal in files, with fsync", "function", "files", onFiles),
      ],
      rounds,
    },
    {
      id: "agent-loop-stand-in",
      title: "agent of 10 tool calls, over the stand-in adapter, no journal",
      unit: "runs/s",
      ours: ours("Espalier", "stand-in", "none", inProcess),
      peers: [{ ...bareLoop("stand-in", inProcess), ...aim }],
      rounds,
    },
    {
      id: "agent-loop-http",
      title: "agent of 10 tool calls, over the OpenAI-compatible adapter, no journal",
      unit: "runs/s",
      ours: ours("Espalier", "http", "none", overHttp),
      peers: [
        { ...bareLoop("http", overHttp), ...aim },
        ours("Espalier, journal in memory", "http", "memory", overHttp),
        ours("Espalier, journal in files, with fsync", "http", "files", onFiles),
      ],
      rounds,
    },
    {
      id: "agent-replay",
      title: `coming back to an agent of ${turns} turns`,
      unit: "ms",
      ours: replay("Espalier", turns, "files"),
      peers: [replay("Espalier, journal in memory", turns, "memory")],
      rounds,
    },
  ];
}

function ours(name: string, client: Client, journal: Journal, options: Program["options"]): Peer {
  return { name, file: "ours/agent-loop.ts", options: { ...options, client, journal } };
}

function bareLoop(client: Client, options: Program["options"]): Peer {
  return { name: "bare loop", file: "peers/agent-floor.ts", options: { ...options, client } };
}

function replay(name: string, turns: number, journal: Journal): Peer {
  return { name, file: "ours/agent-replay.ts", options: { turns, journal, repeat: 20 } };
}
