import type { StepDefinition } from "espalier";
import { makeTestWorld, runStep } from "espalier/testing";
import { describe, expect, test } from "vitest";
import findOrder from "../toolsets/shop/find-order.ts";
import issueRefund from "../toolsets/shop/issue-refund.ts";
import orderHistory from "../toolsets/shop/order-history.ts";

const given = { ticket: { from: "customer1@example.com" } };
const call = (tool: unknown, input: object, more: object = {}) =>
  runStep(tool as StepDefinition, input, { given, ...more });

describe("the shop's tools", () => {
  test("show a customer's own orders, the latest first", async () => {
    expect(await call(orderHistory, {})).toMatchObject({
      orders: [{ order: "A-1003" }, { order: "A-1002" }, { order: "A-1001" }],
    });
    expect(await call(findOrder, { order: "A-1001" })).toMatchObject({ paid: 49.9 });
  });

  test("have no order of another customer, whoever asks", async () => {
    for (const order of ["A-1004", "A-9999", "__proto__"]) {
      await expect(call(findOrder, { order })).rejects.toMatchObject({ name: "Order.NotFound" });
    }
    await expect(
      call(issueRefund, { order: "A-1004", amount: 1, reason: "please" }, { effect: "write" }),
    ).rejects.toMatchObject({ name: "Order.NotFound" });
  });

  test("pay back no more than was paid", async () => {
    const input = { order: "A-1001", amount: 50, reason: "please" };
    await expect(call(issueRefund, input, { effect: "write" })).rejects.toMatchObject({
      name: "Refund.TooHigh",
    });
  });

  test("pay once, however often a call is made", async () => {
    const world = makeTestWorld();
    const input = { order: "A-1001", amount: 49.9, reason: "please" };
    const first = await call(issueRefund, input, { world, effect: "write" });
    expect(await call(issueRefund, input, { world, effect: "write" })).toEqual(first);
  });
});
