import { describe, expect, it } from "vitest";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import type { StepCall } from "../../lib/runtime/call.ts";
import { StepError } from "../../lib/runtime/errors.ts";
import { type KitCallOptions, withKitCall } from "../../lib/runtime/kit-call.ts";

const CALL: StepCall = {
  run: {
    id: "r-1",
    workflow: "refund",
    version: "1.0.0",
    digest: `sha256:${"0".repeat(64)}`,
    environment: "test",
    customer: null,
    principal: "p",
    startedAt: "2026-11-21T09:00:00.000Z",
  },
  step: { id: "settled", iteration: "", attempt: 0 },
  input: { order: "R-1", email: "ann@example.com" },
  config: {},
};

function world(more: Partial<KitCallOptions> = {}) {
  const lines: Record<string, unknown>[] = [];
  const options: KitCallOptions = {
    deadline: new Date(Date.now() + 60_000),
    clock: { now: () => new Date() },
    artifacts: memoryArtifacts(),
    writeLine: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    ...more,
  };
  return { lines, options };
}

const fail = (error: unknown) => () => Promise.reject(error);

describe("a call of a function of the kit", () => {
  it("hands over the call, and returns what comes of it", async () => {
    const { options } = world();
    const result = await withKitCall(CALL, options, async (call: StepCall) => call.step.id);
    expect(result).toBe("settled");
  });

  it("refuses what is no call", async () => {
    const { options } = world();
    await expect(withKitCall({ run: {} }, options, async () => 1)).rejects.toMatchObject({
      name: "Contract.InputInvalid",
    });
  });

  it("keeps the names of our errors and makes Step.Failed of accidents", async () => {
    const { options } = world();
    const named = withKitCall(CALL, options, fail(new StepError("Model.Throttled", "later")));
    await expect(named).rejects.toMatchObject({ name: "Model.Throttled" });
    const accident = withKitCall(CALL, options, fail(new TypeError("x is undefined")));
    await expect(accident).rejects.toMatchObject({ name: "Step.Failed" });
  });

  it("counts failures by name, where the alarms look", async () => {
    const { lines, options } = world();
    const failing = withKitCall(CALL, options, fail(new StepError("Budget.Exceeded", "spent")));
    await expect(failing).rejects.toThrow();
    const metric = lines.find((line) => "_aws" in line);
    expect(metric).toMatchObject({
      Failures: 1,
      environment: "test",
      error: "Budget.Exceeded",
      _aws: {
        CloudWatchMetrics: [{ Namespace: "Espalier", Dimensions: [["environment", "error"]] }],
      },
    });
  });

  it("writes metrics also of a call that failed", async () => {
    const { lines, options } = world();
    const failing = withKitCall(CALL, options, async (_call: StepCall, { metrics }) => {
      metrics.add("gen_ai.usage.input_tokens", 20);
      throw new StepError("Model.OutputInvalid", "no");
    });
    await expect(failing).rejects.toThrow();
    expect(lines.some((line) => line["gen_ai.usage.input_tokens"] === 20)).toBe(true);
  });

  it("masks in its log what the contract classes", async () => {
    const input = {
      type: "object",
      properties: { email: { type: "string", "x-data-class": "personal" } },
    };
    const { lines, options } = world({ input });
    const failing = withKitCall(CALL, options, async (_call: StepCall, { logger }) => {
      logger.info("asked for ann@example.com", { email: "ann@example.com" });
      throw new StepError("Model.Refused", "no answer about ann@example.com");
    });
    await expect(failing).rejects.toThrow();
    expect(JSON.stringify(lines)).not.toContain("ann@example.com");
    expect(JSON.stringify(lines)).toContain("no answer about");
  });

  it("aborts shortly before the function is ended hard", async () => {
    const { options } = world({ deadline: new Date(Date.now() + 120) });
    const waiting = withKitCall(
      CALL,
      options,
      (_call: StepCall, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          // The time limit alone keeps no process alive.
          setTimeout(() => undefined, 1000);
        }),
    );
    await expect(waiting).rejects.toMatchObject({ name: "Sandbox.Timedout" });
  });
});
