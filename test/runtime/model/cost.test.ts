import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf, inputTokensOf } from "../../../lib/runtime/model/cost.ts";
import { reservationFor } from "../../../lib/runtime/model/estimate.ts";
import { estimatedUsage } from "../../../lib/runtime/model/usage.ts";
import { READER, requestOf } from "./model-world.ts";

const usage = (inputTokens: number, outputTokens = 0, read = 0, written = 0) => ({
  inputTokens,
  outputTokens,
  cacheReadInputTokens: read,
  cacheWriteInputTokens: written,
});

describe("the cost of a call", () => {
  it.each([
    [usage(0), 0],
    [usage(1_000_000), 3_000_000],
    [usage(1), 3],
    [usage(0, 0, 1), 1],
    [usage(0, 0, 4), 2],
    [usage(1000, 200, 10_000, 100), 3000 + 3000 + 3000 + 375],
    [usage(0, 0, 1, 1), 5],
  ])("of %j is %i millionths", (used, cost) => {
    expect(costOf(used, READER.prices)).toBe(cost);
  });

  it("is exact beyond what numbers hold on the way", () => {
    const prices = { ...READER.prices, input: 75_000_001 };
    expect(costOf(usage(900_000_000), prices)).toBe(67_500_000_900);
  });

  it("is whole, and never below the exact sum", () => {
    const tokens = fc.nat({ max: 10_000_000 });
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, (a, b, c, d) => {
        const cost = costOf(usage(a, b, c, d), READER.prices);
        const exact = a * 3 + b * 15 + c * 0.3 + d * 3.75;
        expect(Number.isInteger(cost)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(exact - 1e-3);
        expect(cost).toBeLessThan(exact + 1);
      }),
    );
  });

  it("counts cached tokens as input, too", () => {
    expect(inputTokensOf(usage(1, 2, 3, 4))).toBe(8);
  });
});

describe("what is reserved before a call", () => {
  it("is never less than what a stand-in then takes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (question, answer) => {
        const request = requestOf(question, { inferenceConfig: { maxTokens: 10_000 } });
        const reserved = reservationFor(request, READER.prices);
        const used = estimatedUsage(request, [{ text: answer }]);
        expect(reserved.inputTokens).toBeGreaterThanOrEqual(inputTokensOf(used));
        expect(reserved.outputTokens).toBeGreaterThanOrEqual(used.outputTokens);
        expect(reserved.cost).toBeGreaterThanOrEqual(costOf(used, READER.prices));
      }),
    );
  });
});
