import { describe, expect, it } from "vitest";
import type { Invocation } from "../../../lib/cli/command.ts";
import { Output } from "../../../lib/cli/output.ts";
import { printEnding } from "../../../lib/cli/runs/run-ending.ts";
import { displayWidth } from "../../../lib/cli/text/table.ts";
import type { RunDetail } from "../../../lib/runtime/control.ts";
import type { TimelineRow } from "../../../lib/runtime/timeline.ts";
import { detail, openApproval, row, scriptedControl } from "../fake-run.ts";
import { testIo } from "../test-io.ts";

async function ending(run: RunDetail, rows: readonly TimelineRow[] = []): Promise<string> {
  const { io, stdout } = testIo();
  const invocation: Invocation = {
    io,
    out: new Output(io, false),
    dataDir: "/data",
    aws: undefined,
    suggest: (command) => `espalier ${command} --data 'my data'`,
    json: false,
    debug: false,
  };
  const approvals = [openApproval()];
  await printEnding(invocation, scriptedControl([{ run, events: [], approvals }]), run, rows);
  return stdout();
}

describe("how a run stands after its steps", () => {
  it("shows the output of one that succeeded", async () => {
    const text = await ending(detail());
    expect(text).toContain('Succeeded in 1.2 s. Output:\n  {\n    "greeting": "hello"\n  }');
  });

  it("cuts a long output and says so", async () => {
    const output = Array.from({ length: 100 }, (_, index) => index);
    expect(await ending(detail({ output }))).toContain(
      "… 79 more lines: espalier show run-1 --output --data 'my data'",
    );
  });

  it("says where and why one failed, and what to look at next", async () => {
    const failed = { outcome: "failed" as const, error: { name: "Step.Failed", cause: "" } };
    const text = await ending(
      detail({
        status: "FAILED",
        error: { name: "Step.Failed", cause: '{"errorMessage":"line 1\\nline 2\\u001b[2J"}' },
      }),
      [
        row({ step: "findings", kind: "map", ...failed }),
        row({ step: "inspect", iteration: "3", depth: 1, parent: "findings/", ...failed }),
      ],
    );
    expect(text).toContain("Failed at inspect, item 3 after 1.2 s.");
    expect(text).toContain("  Step.Failed\n  line 1\n  line 2\\u001b[2J\n");
    expect(text).toContain("espalier show run-1 --input 'inspect[3]' --data 'my data'");
  });

  it("says who has to decide, on what, until when, and prints the command", async () => {
    const text = await ending(detail({ status: "RUNNING", endedAt: null, waitingFor: ["ap1"] }));
    expect(text).toContain("Waits for a person: May this be sent?");
    expect(text).toContain("boss@example.com");
    expect(text).toContain("not asker@example.com, who asked for the run");
    expect(text).toContain("2026-11-24T07:00:00.000Z");
    expect(text).toContain('"text": "hello"');
    expect(text).toContain(
      "  espalier decide ap1 --approve --as boss@example.com --data 'my data'\n",
    );
    expect(text).toContain(
      "  espalier decide ap1 --reject --as boss@example.com --reason \"…\" --data 'my data'\n",
    );
    for (const line of text.split("\n").filter((each) => !each.includes("espalier"))) {
      expect(displayWidth(line)).toBeLessThanOrEqual(80);
    }
  });
});
