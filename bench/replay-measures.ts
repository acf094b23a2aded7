/** What is measured of replays. */
import type { Measure, Sizes } from "./measures.ts";

/** Steps of the recorded run. */
const STEPS = 20;

export function replayMeasures({ rounds, judged }: Sizes): Measure[] {
  return [
    {
      id: "replay",
      title: `replays of a recorded run of ${STEPS} steps, code run again`,
      unit: "runs/s",
      ours: {
        name: "Espalier",
        file: "ours/replay.ts",
        options: { steps: STEPS, replays: judged ? 100 : 5 },
      },
      peers: [],
      rounds: Math.min(rounds, 3),
    },
  ];
}
