/** The sweep of a deployed environment, on the wire: ends that nobody reported, and runs that get nowhere. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyLogs } from "../../lib/aws/lazy-logs.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { awsPorts } from "../../lib/aws/ports.ts";
import type { RunSweep } from "../../lib/aws/sweep-runs.ts";
import type { Control } from "../../lib/runtime/control.ts";
import { context, type DeployedWorld, deployHello } from "./deployed-world.ts";

const HOURS = 60 * 60_000;

let world: DeployedWorld;
let control: Control;
let sweepAt: (hoursFromNow: number, goOn?: () => boolean) => Promise<RunSweep>;

beforeAll(async () => {
  world = await deployHello();
  const { openAwsControl } = await import("../../lib/aws/control/aws-control.ts");
  const { sweepRuns } = await import("../../lib/aws/sweep-runs.ts");
  control = await openAwsControl({ environment: "test", region: "us-east-1" });
  const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn(), logs: lazyLogs() };
  const ports = awsPorts({ table: world.table, runsBucket: "runs" }, clients);
  sweepAt = (hours, goOn = () => true) =>
    sweepRuns({
      clients,
      ports: { ...ports, clock: { now: () => new Date(Date.now() + hours * HOURS) } },
      runsBucket: "runs",
      bundlesBucket: "runs",
      environment: "test",
      machines: "arn:aws:states:us-east-1:000000000000:stateMachine:",
      goOn,
    });
});
afterAll(async () => {
  await control?.close();
  await world?.close();
});
beforeEach(() => {
  world.forgotten.clear();
});

function arnOf(run: string): string {
  return `arn:aws:states:us-east-1:000000000000:execution:espalier-test-hello:${run}`;
}

/** A run that waits for its approval, as its record says. */
async function startWaiting(): Promise<{ readonly id: string; readonly approval: string }> {
  const principal = "ben@example.com";
  const { id } = await control.startRun({ workflow: "hello", input: { name: "Ada" }, principal });
  const approval = await vi.waitFor(
    async () => {
      const [first] = await control.approvals({ run: id, status: "open" });
      if (!first) throw new Error("not asked yet");
      return first.id;
    },
    { timeout: 20_000, interval: 20 },
  );
  return { id, approval };
}

/** What the record says, which `control.run` would bring up to date. */
async function recorded(id: string): Promise<string | undefined> {
  return (await control.runs({ limit: 1000 })).find((run) => run.id === id)?.status;
}

async function stop(id: string): Promise<void> {
  await control.stopRun(id, "done with it").catch(() => undefined);
}

describe("the sweep of runs", () => {
  it("records an end that was never reported: record, approvals, snapshot", async () => {
    const { id, approval } = await startWaiting();
    await world.engine.stopExecution({ executionArn: arnOf(id), error: "Stopped" });
    expect(await sweepAt(1)).toEqual({ stuck: [], repaired: [id], looked: 1, left: 0 });
    expect(await recorded(id)).toBe("ABORTED");
    expect(await control.approval(approval)).toMatchObject({ status: "cancelled" });
    const snapshot = world.s3.objects.get(`runs/runs/${id}/run.json`)?.body.toString() ?? "{}";
    expect(JSON.parse(snapshot)).toMatchObject({ run: { id, status: "ABORTED" } });
    expect(await sweepAt(1)).toEqual({ stuck: [], repaired: [], looked: 0, left: 0 });
  });

  it("leaves a young run to the events that are still on their way", async () => {
    const { id } = await startWaiting();
    await world.engine.stopExecution({ executionArn: arnOf(id) });
    expect(await sweepAt(0)).toMatchObject({ repaired: [], looked: 0 });
    expect(await sweepAt(1)).toMatchObject({ repaired: [id] });
  });

  it("leaves an end of a moment ago to its report, which is on its way", async () => {
    const { id } = await startWaiting();
    await world.engine.stopExecution({ executionArn: arnOf(id) });
    const { stopDate = new Date() } = await world.engine.describeExecution({
      executionArn: arnOf(id),
    });
    // As if it had begun long ago: its record says so.
    const key = { partition: `run#${id}`, sort: "run" };
    const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() };
    const { records } = awsPorts({ table: world.table, runsBucket: "runs" }, clients);
    const item = await records.get(key);
    if (!item) throw new Error("not recorded");
    const sort = `2026-01-01T00:00:00.000Z#${id}`;
    const status = { partition: "runs#RUNNING", sort };
    const run = { ...(item.data.run as object), startedAt: "2026-01-01T00:00:00.000Z" };
    await records.put({ key, data: { ...item.data, run }, indexes: { ...item.indexes, status } });
    const minutes = (Date.now() - stopDate.getTime()) / 60_000;
    expect(await sweepAt((4 - minutes) / 60)).toMatchObject({ repaired: [], looked: 1 });
    expect(await sweepAt(6 / 60)).toMatchObject({ repaired: [id] });
  });

  it("tries again when the snapshot could not be written, and calls the run stuck", async () => {
    const { id } = await startWaiting();
    await world.engine.stopExecution({ executionArn: arnOf(id) });
    const set = vi.spyOn(world.s3.objects, "set").mockImplementation(() => {
      throw new Error("no room");
    });
    const { stuck } = await sweepAt(1);
    expect(stuck).toMatchObject([{ run: id, reason: "not reconciled", error: expect.any(Error) }]);
    expect(await recorded(id)).toBe("RUNNING");
    set.mockRestore();
    expect(await sweepAt(1)).toMatchObject({ stuck: [], repaired: [id] });
  }, 60_000);

  it("lets a run wait for its approval as long as that is open", async () => {
    const { id } = await startWaiting();
    expect(await sweepAt(24)).toEqual({ stuck: [], repaired: [], looked: 1, left: 0 });
    await stop(id);
  });

  it("calls a run stuck that waits for an approval which is no longer there", async () => {
    const { id, approval } = await startWaiting();
    const { closeApproval } = await import("../../lib/runtime/approval/find-approvals.ts");
    const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() };
    // Errors are told apart by their class: ports of the same copy as what stands on them.
    const { awsPorts: openPorts } = await import("../../lib/aws/ports.ts");
    const ports = openPorts({ table: world.table, runsBucket: "runs" }, clients);
    await closeApproval(approval, "cancelled", ports);
    expect(await sweepAt(0.5)).toMatchObject({ stuck: [], looked: 1 });
    expect(await sweepAt(2)).toMatchObject({ stuck: [{ run: id, reason: "silent" }] });
    await stop(id);
  });

  it("calls a run stuck that does not hear of the decision about it", async () => {
    const { id, approval } = await startWaiting();
    const { decide } = await import("../../lib/runtime/approval/decide.ts");
    const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() };
    // Errors are told apart by their class: ports of the same copy as what stands on them.
    const { awsPorts: openPorts } = await import("../../lib/aws/ports.ts");
    const ports = openPorts({ table: world.table, runsBucket: "runs" }, clients);
    const refuse = async () => {
      throw new Error("not now");
    };
    const tokens = { succeed: refuse, fail: refuse, heartbeat: refuse };
    const by = "ann@example.com";
    const decided = await decide(approval, { verdict: "approved", by }, { ...ports, tokens });
    expect(decided).toMatchObject({ status: "approved", delivered: false });
    expect(await sweepAt(0.2)).toMatchObject({ stuck: [] });
    expect(await sweepAt(0.5)).toMatchObject({
      stuck: [{ run: id, reason: "decision not delivered" }],
    });
    // Once, although nothing has happened in it for an hour either.
    expect((await sweepAt(2)).stuck).toHaveLength(1);
    const { deliverPending } = await import("../../lib/runtime/approval/deliver.ts");
    await deliverPending(ports);
    await world.engine.waitForEnd(arnOf(id));
    expect(await sweepAt(2)).toMatchObject({ stuck: [], repaired: [id] });
  });

  it("calls a run stuck that Step Functions does not know", async () => {
    const { id } = await startWaiting();
    world.forgotten.add(arnOf(id));
    const { stuck } = await sweepAt(1);
    expect(stuck).toEqual([{ run: id, reason: "unknown to Step Functions" }]);
    world.forgotten.clear();
    await stop(id);
  });

  it("stops when its time is up, and says how many it has not looked at", async () => {
    const runs = [await startWaiting(), await startWaiting(), await startWaiting()];
    let looks = 2;
    expect(await sweepAt(1, () => looks-- > 0)).toMatchObject({ looked: 2, left: 1 });
    for (const { id } of runs) await stop(id);
  });
});

describe("the function `runs` on its schedule", () => {
  function linesOf(written: { readonly mock: { readonly calls: readonly unknown[][] } }) {
    return written.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
  }

  it("writes the metric of the alarm, also when it is zero", async () => {
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      await world.runs({ sweep: true }, { ...context, getRemainingTimeInMillis: () => 300_000 });
      expect(linesOf(written).filter(isOfRuns)).toEqual([
        {
          StuckRuns: 0,
          environment: "test",
          _aws: {
            Timestamp: expect.any(Number),
            CloudWatchMetrics: [
              {
                Namespace: "Espalier",
                Dimensions: [["environment"]],
                Metrics: [{ Name: "StuckRuns", Unit: "Count" }],
              },
            ],
          },
        },
      ]);
    } finally {
      written.mockRestore();
    }
  });

  it("names each stuck run in its log, and counts it once", async () => {
    const { id } = await startWaiting();
    world.forgotten.add(arnOf(id));
    const later = Date.now() + HOURS;
    vi.useFakeTimers({ toFake: ["Date"], now: later });
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      await world.runs({ sweep: true }, { ...context, getRemainingTimeInMillis: () => 300_000 });
      expect(linesOf(written).filter(isOfRuns)).toMatchObject([
        { level: "WARN", run_id: id, reason: "unknown to Step Functions", environment: "test" },
        { StuckRuns: 1, _aws: { Timestamp: expect.any(Number) } },
      ]);
    } finally {
      written.mockRestore();
      vi.useRealTimers();
      world.forgotten.clear();
      await stop(id);
    }
  });
});

/** The queue of approvals has a line of its own. */
function isOfRuns(line: object): boolean {
  return !("ApprovalQueueDepth" in line);
}
