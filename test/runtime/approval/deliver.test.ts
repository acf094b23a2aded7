import { expect, it } from "vitest";
import { changeApproval, readApproval } from "../../../lib/runtime/approval/approval-store.ts";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import { recordOpened } from "../../../lib/runtime/approval/record-opened.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import type { Ports } from "../../../lib/runtime/ports.ts";
import { approvalCall, createWorld } from "./approval-world.ts";

it("counts a decision as heard, though the request was changed between the answer and its mark", async () => {
  const world = createWorld();
  const { id } = await requestApproval(approvalCall(), world.ports);
  const { tokens } = world.ports;
  const busy: Ports = {
    ...world.ports,
    tokens: {
      ...tokens,
      async succeed(token, output) {
        await tokens.succeed(token, output);
        // As when a message is recorded as sent.
        const held = await readApproval(id, world.ports);
        if (held) await changeApproval(held, { reached: { people: 1, nobody: 0 } }, world.ports);
      },
    },
  };
  const decided = await decide(id, { verdict: "approved", by: "ada@example.com" }, busy);
  expect(decided).toMatchObject({ status: "approved", delivered: true });
  expect(world.heard).toHaveLength(1);
});

it("records a person who looks at a request once, and none once it is decided", async () => {
  const world = createWorld();
  const approval = await requestApproval(approvalCall(), world.ports);
  const opened = { by: "ada@example.com", how: "person" } as const;
  await recordOpened(approval, opened, world.ports);
  const first = await readApproval(approval.id, world.ports);
  await recordOpened(approval, opened, world.ports);
  const second = await readApproval(approval.id, world.ports);
  expect(second?.version).toBe(first?.version);
  expect(second?.approval.openedAt).toBe(world.now.toISOString());
});
