/** What is measured of replays. */
import type { Measure, Peer, Sizes } from "./measures.ts";

/** Steps of a recorded run. */
const STEPS = 20;
/** Runs that are recorded for a measure; each is replayed as often as it takes. */
const RUNS = 50;

export function replayMeasures({ rounds, judged }: Sizes): Measure[] {
  const replays = judged ? 500 : 5;
  return [
    {
      id: "replay",
      title: `replays of recorded runs of ${STEPS} steps on one core, code run again`,
      unit: "runs/s",
      ours: {
        name: "Espalier",
        file: "ours/replay.ts",
        options: {
          ...{ steps: STEPS, runs: judged ? RUNS : 1, threads: 1, of: "rate" },
          ...{ replays, warmup: replays },
        },
      },
      peers: [timeTravel("memory", replays), timeTravel("sqlite", replays)],
      rounds: Math.min(rounds, 3),
      ...(judged && { atLeast: 500 }),
    },
    {
      id: "regression",
      title: `1,000 recorded runs of ${STEPS} steps on two threads, from a cold start`,
      unit: "ms",
      ours: {
        name: "Espalier",
        file: "ours/replay.ts",
        options: {
          ...{ steps: STEPS, runs: judged ? RUNS : 1, threads: 2, of: "time" },
          ...{ replays: judged ? 1000 : 5, warmup: 0 },
        },
      },
      peers: [],
      rounds: Math.min(rounds, 3),
      ...(judged && { under: 5000 }),
    },
  ];
}

/** For information: it runs the nodes again and compares nothing. */
function timeTravel(saver: "memory" | "sqlite", replays: number): Peer {
  return {
    name: `LangGraph, time travel, ${saver === "memory" ? "MemorySaver" : "SqliteSaver"}`,
    file: "peers/langgraph-time-travel.mjs",
    options: {
      saver,
      steps: STEPS,
      replays: Math.ceil(replays / 5),
      warmup: Math.ceil(replays / 5),
    },
  };
}
