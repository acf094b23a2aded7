import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { timelineTable } from "../../../lib/cli/runs/timeline-table.ts";
import { displayWidth } from "../../../lib/cli/text/table.ts";
import { row } from "../fake-run.ts";

const plain = { color: createColors(false), width: 80 };
const at = (ms: number) => new Date(Date.UTC(2026, 10, 21) + ms).toISOString();

function iterations(count: number, failing: number) {
  const map = row({ step: "findings", kind: "map", attempts: [] });
  const error = { name: "Step.Failed", cause: '{"errorMessage":"no licence"}' };
  return [
    map,
    ...Array.from({ length: count }, (_, index) =>
      row({
        step: "inspect",
        iteration: String(index),
        depth: 1,
        parent: map.key,
        ...(index === failing && { outcome: "failed" as const, error }),
      }),
    ),
  ];
}

describe("the timeline of a run as a table", () => {
  it("lists a few iterations one by one, under their map", () => {
    expect(timelineTable(iterations(2, -1), plain, false)).toEqual([
      "  STEP          KIND    TOOK  OUTCOME",
      "  findings      map   400 ms  done",
      "    inspect[0]  task  400 ms  done",
      "    inspect[1]  task  400 ms  done",
    ]);
  });

  it("sums many iterations up, and names those that failed, with the reason", () => {
    expect(timelineTable(iterations(30, 7), plain, false).slice(2)).toEqual([
      "    inspect     task  400 ms  29 done, 1 failed",
      "    inspect[7]  task  400 ms  failed: Step.Failed",
      "      no licence",
    ]);
  });

  it("lists every iteration when asked", () => {
    expect(timelineTable(iterations(30, 7), plain, true)).toHaveLength(1 + 1 + 30 + 1);
  });

  it("says what became of each attempt", () => {
    const error = { name: "Net.Down", cause: "no route\u001b[31m\nto host" };
    const flaky = row({
      step: "fetch",
      attempts: [
        { startedAt: at(0), endedAt: at(1200), error },
        { startedAt: at(2000), endedAt: at(2100), error: null },
      ],
    });
    expect(timelineTable([flaky], plain, false).slice(1)).toEqual([
      "  fetch  task  400 ms  done at attempt 2",
      "      attempt 1: Net.Down after 1.2 s: no route\\u001b[31m to host",
    ]);
  });

  it("stays within the terminal, whatever the names and causes are", () => {
    const long = row({
      step: "s".repeat(64),
      depth: 6,
      outcome: "failed",
      error: { name: "Some.Long.Error", cause: "x ".repeat(300) },
    });
    for (const line of timelineTable([long], plain, false)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(80);
    }
  });
});
