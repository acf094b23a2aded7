/** What is measured of approvals: from a person's POST to the next state of their run. */
import type { Measure, Sizes } from "./measures.ts";

/** Runs that wait, and people who decide, at once. */
const AT_ONCE = 20;
/** Milliseconds, of the slowest hundredth. */
const AIM_MS = 100;

export function approvalMeasures({ approvalBatches, rounds, judged }: Sizes): Measure[] {
  return [
    {
      id: "approval-latency",
      title: `from the POST of a decision to the run's next state, ${AT_ONCE} runs at once, p99`,
      unit: "ms",
      ours: {
        name: "Espalier",
        file: "ours/approval-latency.ts",
        options: {
          runs: AT_ONCE,
          batches: approvalBatches,
          warmup: Math.ceil(approvalBatches / 4),
        },
      },
      peers: [],
      ...(judged ? { under: AIM_MS } : {}),
      rounds,
    },
  ];
}
