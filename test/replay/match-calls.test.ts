import { expect, it } from "vitest";
import { CallMatcher } from "../../lib/replay/match-calls.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import type { RecordedCall } from "../../lib/runtime/recorded-calls.ts";

const request = (input: Json, iteration: string, attempt = 0): JsonObject => ({
  FunctionName: "f",
  Payload: {
    ...{ input, config: { seen: iteration }, run: { digest: iteration } },
    step: { id: "look", iteration, attempt },
  },
});

/** Calls of a map over these items, in the state `look`. */
const callsOf = (items: readonly Json[], attempts = 1): RecordedCall[] =>
  items.flatMap((item, index) =>
    Array.from({ length: attempts }, (_, attempt) => ({
      ...{ id: index * 10 + attempt, state: "look", iteration: String(index) },
      ...{ resource: "lambda:invoke", request: request(item, String(index), attempt) },
      ...{ askedAt: 0, answer: undefined },
    })),
  );

/** What the calls over other items repeat: `ITEM <- ID as ITERATION`. */
function matched(calls: readonly RecordedCall[], items: readonly Json[], attempts = 1): string[] {
  const matcher = new CallMatcher(calls);
  return items.flatMap((item, index) =>
    Array.from({ length: attempts }, (_, attempt) => {
      const asked = request(item, String(index), attempt);
      const { recorded, iteration } = matcher.match("look", String(index), attempt, asked);
      return `${String(item)} <- ${recorded?.id ?? "none"} as ${iteration}`;
    }),
  );
}

it.each<[what: string, was: string[], is: string[], expected: string[]]>([
  ["the same", ["a", "b"], ["a", "b"], ["a <- 0 as 0", "b <- 10 as 1"]],
  ["one less", ["a", "b", "c"], ["b", "c"], ["b <- 10 as 1", "c <- 20 as 2"]],
  ["another order", ["a", "b"], ["b", "a"], ["b <- 10 as 1", "a <- 0 as 0"]],
  [
    "one more, whose place is another's: what stands in for it is given to its own call too",
    ["a", "b"],
    ["x", "a", "b"],
    ["x <- 0 as 0", "a <- 0 as 2", "b <- 10 as 1"],
  ],
  ["others altogether", ["a", "b"], ["x", "y"], ["x <- 0 as 0", "y <- 10 as 1"]],
  ["more than there were", ["a"], ["a", "x"], ["a <- 0 as 0", "x <- none as 1"]],
  ["two that are equal", ["a", "a"], ["a", "a"], ["a <- 0 as 0", "a <- 10 as 1"]],
])("finds what a map over other items repeats: %s", (_, was, is, expected) => {
  expect(matched(callsOf(was), is)).toEqual(expected);
});

it("gives each attempt the answer of that attempt", () => {
  expect(matched(callsOf(["a", "b"], 2), ["b"], 2)).toEqual(["b <- 10 as 1", "b <- 11 as 1"]);
  expect(matched(callsOf(["a"], 2), ["x"], 2)).toEqual(["x <- 0 as 0", "x <- 1 as 0"]);
});

it("knows which calls were made, also those that stood in for another", () => {
  const calls = callsOf(["a", "b"]);
  const matcher = new CallMatcher(calls);
  matcher.match("look", "0", 0, request("b", "0"));
  expect(calls.map((call) => matcher.isMade(call))).toEqual([false, true]);
});
