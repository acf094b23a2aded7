import { expect, test } from "vitest";
import { type Answer, problemsOf } from "../code/reply-problems.ts";

const PASSAGE = {
  source: "documents/refunds.md",
  text: "# Refunds\n\nAsk within 30 days\nof delivery.",
};
const answer = (more: Partial<Answer> = {}): Answer => ({
  reply: "Hello,\n\nyour order A-1001 is delivered. Example Shop",
  customer: "customer1@example.com",
  draft: {
    citations: [{ source: PASSAGE.source, quote: "Ask within 30 days of delivery." }],
    refund: null,
  },
  passages: [PASSAGE],
  ...more,
});
const REFUND = { order: "A-1001", amount: 20 };

test.each<[string, Partial<Answer>]>([
  ["an answer with its citation", {}],
  ["a price of the customer's own order", { reply: "A-1001 cost 49.9 EUR." }],
  [
    "a refund that was paid",
    { reply: "20 EUR have been refunded.", draft: { citations: [], refund: REFUND } },
  ],
])("%s is fine", (_, more) => {
  expect(problemsOf(answer(more))).toEqual([]);
});

test.each<[string, Partial<Answer>, string]>([
  [
    "a citation that stands nowhere",
    {
      draft: {
        citations: [{ source: PASSAGE.source, quote: "Ask whenever you like." }],
        refund: null,
      },
    },
    "does not stand there",
  ],
  ["a link", { reply: "See https://evil.example/login" }, "links"],
  ["an address without a scheme", { reply: "Write to help@other-shop.com" }, "links"],
  ["somebody else's order", { reply: "A-1004 is delivered." }, "no order of this customer"],
  ["an amount that nobody paid", { reply: "It cost 12.50 EUR." }, "12.5 EUR"],
  ["a refund that was never paid", { reply: "49.9 EUR have been refunded." }, "none was"],
])("%s is a problem", (_, more, problem) => {
  expect(problemsOf(answer(more)).join("\n")).toContain(problem);
});
