import { expect, it } from "vitest";
import { slimEvent } from "../../lib/aws/slim-event.ts";
import type { RunEvent } from "../../lib/runtime/control.ts";

const LARGE = "x".repeat(300_000);
const RUN = { id: "r-1", workflow: "refund" };
const STEP = { id: "settled", iteration: "0", attempt: 0 };

const event = (details: object): RunEvent =>
  ({ id: 2, type: "TaskScheduled", timestamp: "2026-11-21T09:00:00.000Z", ...details }) as RunEvent;

it("a large call keeps its run and its step, which name its journal", () => {
  const parameters = JSON.stringify({
    FunctionName: "f",
    Payload: { run: RUN, step: STEP, input: LARGE, config: {} },
  });
  const slim = slimEvent(event({ taskScheduledEventDetails: { resource: "invoke", parameters } }));
  expect(JSON.stringify(slim).length).toBeLessThan(1000);
  const { taskScheduledEventDetails: kept } = slim as unknown as {
    taskScheduledEventDetails: { resource: string; parameters: string };
  };
  expect(kept.resource).toBe("invoke");
  expect(JSON.parse(kept.parameters)).toEqual({
    FunctionName: "f",
    Payload: { run: RUN, step: STEP },
  });
});

it("outputs and causes are cut; names, numbers and times stay", () => {
  const given = event({ taskFailedEventDetails: { error: "Model.Throttled", cause: LARGE } });
  expect(slimEvent(given)).toEqual(
    event({ taskFailedEventDetails: { error: "Model.Throttled", cause: LARGE.slice(0, 1024) } }),
  );
  const small = event({ stateEnteredEventDetails: { name: "settled", input: "{}" } });
  expect(slimEvent(small)).toEqual(small);
});

it("parameters that AWS has cut off are no reason to fail", () => {
  const parameters = `{"Payload":{"run":{"id":"${LARGE}`;
  const slim = slimEvent(event({ taskScheduledEventDetails: { parameters } }));
  expect(JSON.stringify(slim).length).toBeLessThan(2000);
});
