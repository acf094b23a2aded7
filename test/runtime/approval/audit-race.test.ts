/** What the audit holds of a request on which several work at once. */
import { describe, expect, it } from "vitest";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import type { Messenger, Told } from "../../../lib/runtime/approval/notifier.ts";
import {
  type ApprovalPorts,
  requestApproval,
} from "../../../lib/runtime/approval/request-approval.ts";
import { readAudit } from "../../../lib/runtime/audit.ts";
import { approvalCall, createWorld } from "./approval-world.ts";

describe("the audit", () => {
  it("holds a decision that is made before it is known whom the messages reached", async () => {
    const world = createWorld();
    const told = (to: string): Told => ({ to, channel: "email", reference: "m", failures: [] });
    let late: Promise<unknown> | undefined;
    const appends = { ...world.ports.records };
    const ports: ApprovalPorts = { ...world.ports, records: appends, messenger: undefined };
    const messenger: Messenger = {
      tell: async (kind, _approval, to) => (kind === "decided" ? [] : to.map(told)),
    };
    // The first note that somebody was told is in the audit, and not yet in the request.
    const put = world.ports.records.put.bind(world.ports.records);
    appends.put = async (item, condition) => {
      const isNote = JSON.stringify(item.data).includes('"reached":{"people"');
      if (isNote && !late) {
        late = decide(
          String((item.data as { id?: string }).id),
          { verdict: "approved", by: "ada@example.com" },
          world.ports,
        );
        await late;
      }
      return put(item, condition);
    };
    await requestApproval(approvalCall(), { ...ports, messenger });
    const { entries } = await readAudit("run/run-1", world.ports, { limit: 100 });
    const names = entries.map(({ event }) => event.replace("approval.", ""));
    expect(names.filter((name) => name !== "notified")).toEqual([
      "requested",
      "decided",
      "delivered",
    ]);
    expect(names.filter((name) => name === "notified")).toHaveLength(3);
    expect(world.heard).toHaveLength(1);
  });
});
