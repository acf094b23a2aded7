/** A compiled approval of several stages in the local runtime, in real time. */
import { describe, expect, it } from "vitest";
import { Output } from "../../lib/cli/output.ts";
import { StepPrinter } from "../../lib/cli/runs/step-printer.ts";
import { timelineTable } from "../../lib/cli/runs/timeline-table.ts";
import { compile } from "../../lib/compiler/index.ts";
import type { Deployment } from "../../lib/local/runtime/deployment.ts";
import type { RunEvent } from "../../lib/runtime/control.ts";
import { createTimeline } from "../../lib/runtime/timeline.ts";
import { testIo } from "../cli/test-io.ts";
import { bundleOf, TODAY } from "../compiler/bundle-of.ts";
import { dataFolder, ended, openRuntime, until } from "./runtime-world.ts";

const STEPS = `- { id: review, approval: approvals/own.yaml, with: { change: 1 } }
- { id: by, set: "{% $review.by %}" }
`;

function deployment(keys: string): Deployment {
  const policy = `approval: own\ntitle: May it?\napprovers: [ada@example.com]\n${keys}`;
  const bundle = bundleOf(STEPS, { policies: { "approvals/own.yaml": policy } });
  const { plan } = compile(bundle, { today: TODAY });
  if (!plan) throw new Error("no plan");
  const nothing = { code: new Map(), files: new Map(), components: new Map() };
  return { plan, digest: bundle.digest, ...nothing };
}

const START = { workflow: "example", principal: "carl@example.com", input: {} };

describe("an approval of several stages", () => {
  it("reminds, goes past its deadline, stays one request, and is decided at last", async () => {
    const runtime = await openRuntime(await dataFolder());
    await runtime.deploy(deployment("deadline: 2s\nreminders: [1s]\nonExpiry: queue\n"));
    const { id } = await runtime.startRun(START);
    const isQueued = async () => (await runtime.approvals({ run: id }))[0]?.stage === 2;
    await until(runtime, id, (run) => run.waitingFor.length > 0);
    await expect.poll(isQueued, { timeout: 20_000, interval: 50 }).toBe(true);
    const [request, ...others] = await runtime.approvals({ run: id });
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      status: "open",
      deadline: null,
      approvers: ["ada@example.com"],
    });

    await runtime.decide(request?.id ?? "", { verdict: "approved", by: "ada@example.com" });
    expect(await until(runtime, id, ended)).toMatchObject({
      status: "SUCCEEDED",
      output: "ada@example.com",
    });

    const { io, stdout } = testIo();
    const out = new Output(io, false);
    const { steps } = await runtime.run(id);
    const reader = createTimeline(steps);
    const printer = new StepPrinter(out, steps);
    const events: RunEvent[] = [];
    for await (const event of runtime.history(id)) {
      events.push(event);
      printer.update(reader.push(event));
    }
    expect(JSON.stringify(events)).not.toMatch(/"token\\":\\"(?!\(hidden\))/);
    expect(stdout()).toMatch(
      /^ {2}review: reminded ada@example\.com\n {2}review: past the last deadline, open without an end\n {2}review +approval +[\d.]+ m?s +done\n/,
    );
    const table = timelineTable(reader.rows(), out, false).join("\n");
    expect(table).toMatch(/review +approval .* done\n +.*asked ada@example\.com\n +.*reminded ada/);

    const audit = await runtime.audit(id);
    const told = audit.map(({ event }) => event);
    expect(told.filter((one) => !one.endsWith("notified"))).toEqual([
      "approval.requested",
      "approval.reminded",
      "approval.escalated",
      "approval.decided",
      "approval.delivered",
    ]);
  }, 60_000);

  it("is closed as expired only once its last stage has ended", async () => {
    const runtime = await openRuntime(await dataFolder());
    await runtime.deploy(deployment("deadline: 2s\nreminders: [1s]\nonExpiry: reject\n"));
    const { id } = await runtime.startRun(START);
    const isReminded = async () => (await runtime.approvals({ run: id }))[0]?.stage === 1;
    await expect.poll(isReminded, { timeout: 20_000, interval: 20 }).toBe(true);
    expect(await runtime.approvals({ run: id })).toMatchObject([{ status: "open" }]);
    expect(await until(runtime, id, ended)).toMatchObject({
      status: "FAILED",
      error: { name: "Approval.Rejected" },
    });
    const isExpired = async () => (await runtime.approvals({ run: id }))[0]?.status;
    await expect.poll(isExpired, { timeout: 20_000 }).toBe("expired");
  }, 60_000);

  it("asks for a schedule first where the business has hours", async () => {
    const runtime = await openRuntime(await dataFolder());
    const hours = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(
      (d) => `${d}: "00:00-24:00"`,
    );
    const keys = `deadline: 1d\nbusinessHours: { timeZone: UTC, hours: { ${hours.join(", ")} } }\n`;
    await runtime.deploy(deployment(keys));
    const { id } = await runtime.startRun(START);
    const run = await until(runtime, id, ({ waitingFor }) => waitingFor.length > 0);
    const request = await runtime.approval(run.waitingFor[0] ?? "");
    const lasts = Date.parse(request.deadline ?? "") - Date.parse(request.requestedAt);
    expect(Math.abs(lasts - 86_400_000)).toBeLessThan(60_000);
    await runtime.decide(request.id, { verdict: "approved", by: "ada@example.com" });
    expect(await until(runtime, id, ended)).toMatchObject({ status: "SUCCEEDED" });
  }, 60_000);
});
