import type { StepDefinition } from "espalier";
import { makeTestWorld, runStep } from "espalier/testing";
import { expect, test } from "vitest";
import checkReply from "../code/check-reply.ts";

const world = makeTestWorld();

async function check(receipt: unknown, reply = "49.9 EUR have been refunded.") {
  const refund = { id: "R-1", order: "A-1001", amount: 49.9, receipt };
  const input = {
    reply,
    customer: "customer1@example.com",
    draft: { reply, facts: [], citations: [], refund },
    passages: [],
    judged: { ok: true, problems: [] },
  };
  return runStep(checkReply as StepDefinition, input, { world, run: { id: "run-1" } });
}

const receipt = (content: object) =>
  world.artifacts.put(JSON.stringify(content), { mediaType: "application/json" });

test("a refund counts by its receipt, not by the agent's word", async () => {
  const paid = await receipt({ order: "A-1001", amount: 49.9, run: "run-1" });
  expect(await check(paid)).toMatchObject({ ok: true, problems: [] });
});

test.each<[string, () => Promise<unknown>]>([
  ["of another run", () => receipt({ order: "A-1001", amount: 49.9, run: "run-2" })],
  ["that is none", () => receipt({ hello: "world" })],
  [
    "that nobody wrote",
    () =>
      Promise.resolve({
        $artifact: `sha256:${"0".repeat(64)}`,
        bytes: 2,
        mediaType: "application/json",
      }),
  ],
])("a receipt %s is refused", async (_, make) => {
  expect(await check(await make())).toMatchObject({
    ok: false,
    problems: expect.arrayContaining(["The refund has no receipt of this ticket."]),
  });
});
