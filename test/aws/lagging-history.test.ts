/** GetExecutionHistory follows an execution at a distance: what the snapshot of an ended run makes of that. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { awsPorts } from "../../lib/aws/ports.ts";
import { describeExecution, reportOf } from "../../lib/aws/status-change.ts";
import { writeRunSnapshot } from "../../lib/aws/write-run-snapshot.ts";
import type { Control } from "../../lib/runtime/control.ts";
import type { RunSnapshot } from "../../lib/runtime/run-snapshot.ts";
import { type DeployedWorld, deployHello } from "./deployed-world.ts";
import { type FaultyProxy, startProxy } from "./faulty-proxy.ts";

let world: DeployedWorld;
let control: Control;
let proxy: FaultyProxy;

beforeAll(async () => {
  world = await deployHello();
  const { openAwsControl } = await import("../../lib/aws/control/aws-control.ts");
  control = await openAwsControl({ environment: "test", region: "us-east-1" });
});
afterAll(async () => {
  await control?.close();
  await world?.close();
});
beforeEach(async () => {
  proxy = await startProxy(process.env.AWS_ENDPOINT_URL_SFN ?? "");
});
afterEach(() => proxy?.close());

/** Runs `hello` to its end, and writes its snapshot while the history lags for the first `looks` looks. */
async function snapshotWhileLagging(looks: number): Promise<RunSnapshot> {
  const principal = "ben@example.com";
  const { id } = await control.startRun({ workflow: "hello", input: {}, principal });
  const executionArn = `arn:aws:states:us-east-1:000000000000:execution:espalier-test-hello:${id}`;
  await world.engine.waitForEnd(executionArn);
  let looked = 0;
  proxy.fault = ({ operation }) =>
    operation === "GetExecutionHistory" && looked++ < looks
      ? {
          rewrite: (answer) => {
            const { events } = JSON.parse(answer.body.toString()) as { events: object[] };
            return { ...answer, body: JSON.stringify({ events: events.slice(0, -1) }) };
          },
        }
      : undefined;
  const before = process.env.AWS_ENDPOINT_URL_SFN ?? "";
  vi.stubEnv("AWS_ENDPOINT_URL_SFN", proxy.url);
  try {
    const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() };
    const execution = await describeExecution(executionArn, clients.sfn);
    const report = await reportOf(execution, "test", clients.sfn);
    const ports = awsPorts({ table: world.table, runsBucket: "runs" }, clients);
    return await writeRunSnapshot(executionArn, report, {
      clients,
      ports,
      runsBucket: "runs",
      bundlesBucket: "runs",
      pause: 1,
    });
  } finally {
    vi.stubEnv("AWS_ENDPOINT_URL_SFN", before);
  }
}

describe("the snapshot of a run whose history lags", () => {
  it("waits for its end, and has all of it", async () => {
    const late = await snapshotWhileLagging(3);
    const prompt = await snapshotWhileLagging(0);
    expect(late.events).toBe(prompt.events);
  });

  it("is not written without an end: whoever asked tries again later", async () => {
    const before = [...world.s3.objects.keys()];
    await expect(snapshotWhileLagging(100)).rejects.toThrow("does not show its end yet");
    expect([...world.s3.objects.keys()]).toEqual(before);
  });
});
