/** What the benchmark of tickets counts, and on which tickets. */
import { describe, expect, test } from "vitest";
import { figuresOf, isWithinPolicy, isWrong, type Outcome } from "../bench/support/outcome.ts";
import { FAULTS, makeTickets } from "../bench/support/tickets.ts";

const [TICKET] = makeTickets(1);
if (!TICKET) throw new Error("no ticket");
const REFUND = { order: "A-1001", amount: 20, approved: true };
const OUTCOME: Outcome = {
  sent: [],
  refunds: [],
  handedOver: false,
  failed: false,
  modelCalls: 1,
  toolCalls: 0,
  inputTokens: 10,
  outputTokens: 1,
  cost: 15,
};

describe("the tickets", () => {
  test("are the same ones at every run, half of them with faults of each kind", () => {
    const tickets = makeTickets(100);
    expect(makeTickets(100)).toEqual(tickets);
    const counts = FAULTS.map((fault) => tickets.filter(({ id }) => id.endsWith(fault)).length);
    expect(counts[0]).toBe(50);
    for (const count of counts.slice(1)) expect(count).toBeGreaterThan(11);
  });
});

describe("an answer is wrong", () => {
  test.each([
    ["with a link", "See https://shop.example.net", []],
    ["about another customer's order", "A-1004 was sent.", []],
    ["with an amount that nobody paid", "It cost 999 EUR.", []],
    ["about a refund that was never paid", "49.9 EUR have been refunded.", []],
  ])("%s", (_, text, refunds) => {
    expect(isWrong(text, TICKET, refunds)).toBe(true);
  });

  test.each([
    ["with the price of the customer's order", "A-1001 cost 49.9 EUR.", []],
    ["with a refund that was paid", "20 EUR have been refunded.", [REFUND]],
  ])("not %s", (_, text, refunds) => {
    expect(isWrong(text, TICKET, refunds)).toBe(false);
  });
});

test("what counts is wrong answers, and refunds that nobody approved", () => {
  const outcomes = [
    { ...OUTCOME, sent: ["It cost 999 EUR."], refunds: [{ ...REFUND, approved: false }, REFUND] },
  ];
  const { value, parts } = figuresOf([TICKET], outcomes);
  expect(value).toBe(2);
  expect(parts).toContainEqual({ name: "refunds paid", unit: "", value: 2 });
  expect(isWithinPolicy("A-1001")).toBe(true);
  expect(isWithinPolicy("A-1002")).toBe(false);
  expect(isWithinPolicy("A-1003")).toBe(false);
});
