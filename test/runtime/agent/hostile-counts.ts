/** Ids that lie, and usage that does not count. */
import { expect } from "vitest";
import { AGENT, replyOf } from "./agent-scene.ts";
import {
  causeOf,
  each,
  GOOD,
  good,
  looks,
  type Row,
  raw,
  told,
  usage,
  use,
} from "./hostile-row.ts";

export const HOSTILE_COUNTS: readonly Row[] = [
  // Ids.
  {
    name: "one id for all calls",
    model: [
      raw({
        content: [use("look", { at: "a" }), use("look", { at: "b" })],
        stopReason: "tool_use",
      }),
      raw({ content: [use("look", { at: "c" })], stopReason: "tool_use" }),
      good,
    ],
    tools: { look: ({ at }) => `at ${String(at)}` },
    ends: GOOD,
    called: ["look", "look", "look"],
    also: (seen) => {
      expect(new Set(seen.calls.map(({ tool }) => tool.toolUseId)).size).toBe(3);
      expect(told(seen, 1)).toMatch(/call_1_1.*at a.*call_1_2.*at b/);
    },
  },
  ...["", "../../x", "a\nb#c", "\ud800", "i".repeat(100_000)].map(
    (id): Row => ({
      name: `an id like ${JSON.stringify(id.slice(0, 10))}`,
      model: [raw({ content: [use("look", { at: "a" }, id)], stopReason: "tool_use" }), good],
      ends: GOOD,
      called: ["look"],
      also: ({ calls }) => expect(calls[0]?.tool.toolUseId).toBe("call_1_1"),
    }),
  ),

  // Usage.
  ...[Number.NaN, -1, 1e300, Number.POSITIVE_INFINITY, "12", null, undefined, 0.5].map(
    (count): Row => ({
      name: `usage that is no count: ${String(count)}`,
      limits: { turns: 2 },
      model: [usage(count)],
      ends: { error: "Agent.TurnLimit" },
      also: ({ error, entries }) => {
        // Counted as what was reserved: never as nothing.
        const { spend } = causeOf(error);
        expect(Number.isSafeInteger(spend.cost) && spend.cost > 0).toBe(true);
        expect(spend.outputTokens).toBe(8000);
        expect(entries.filter(({ kind }) => kind === "model")).toHaveLength(2);
      },
    }),
  ),
  {
    name: "no usage at all",
    limits: { turns: 2 },
    model: [raw({ ...replyOf(looks("a")), usage: undefined })],
    ends: { error: "Agent.TurnLimit" },
  },
  {
    name: "usage beyond the cap on input tokens",
    model: each((turn) =>
      raw({
        ...replyOf(looks(`${turn}`)),
        usage: { ...replyOf(good).usage, inputTokens: 150_000 },
      }),
    ),
    ends: { error: "Agent.TokenLimit" },
    called: ["look"],
  },
  {
    name: "usage beyond the cap on output tokens",
    limits: { outputTokens: 5000 },
    model: each((turn) =>
      raw({ ...replyOf(looks(`${turn}`)), usage: { ...replyOf(good).usage, outputTokens: 4000 } }),
    ),
    ends: { error: "Agent.TokenLimit" },
    also: ({ requests }) =>
      expect(requests.map(({ inferenceConfig }) => inferenceConfig.maxTokens)).toEqual([
        4000, 1000,
      ]),
  },
  {
    name: "usage beyond the cap on cost",
    limits: { cost: 70_000 },
    model: each((turn) =>
      raw({
        ...replyOf(looks(`${turn}`)),
        usage: { ...replyOf(good).usage, inputTokens: 1000, outputTokens: 2000 },
      }),
    ),
    ends: { error: "Agent.CostLimit" },
    also: ({ error }) => expect(error?.message).toContain(" of 0.07 USD are spent"),
  },
  {
    name: "a budget that others have used up",
    document: {
      budget: {
        ...AGENT.budget,
        run: { cost: 100, inputTokens: null, outputTokens: null },
      },
    },
    model: [good],
    ends: { error: "Budget.Exceeded" },
    also: ({ requests }) => expect(requests).toEqual([]),
  },
];
