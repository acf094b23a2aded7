/** What `cost` takes for the table's units, held to what the runtime does. */
import { describe, expect, it } from "vitest";
import { TABLE_UNITS } from "../../../lib/cli/cost/run-usage.ts";
import { memoryRecords } from "../../../lib/local/ports/memory.ts";
import { decide } from "../../../lib/runtime/approval/decide.ts";
import { requestApproval } from "../../../lib/runtime/approval/request-approval.ts";
import type { StepCall } from "../../../lib/runtime/call.ts";
import { performOnce } from "../../../lib/runtime/effect-once.ts";
import type { Ports, RecordItem, Records } from "../../../lib/runtime/ports.ts";
import { recordStatus } from "../../../lib/runtime/runs.ts";
import { approvalCall, createWorld } from "../../runtime/approval/approval-world.ts";
import { detail } from "../fake-run.ts";

/** Counts as DynamoDB bills items of up to 1 KB. */
function billed(clock: Ports["clock"]): {
  readonly records: Records;
  readonly units: { writes: number; reads: number };
} {
  const records = memoryRecords(clock);
  const units = { writes: 0, reads: 0 };
  const indexWrites = (before: RecordItem["indexes"] = {}, after: RecordItem["indexes"] = {}) =>
    [...new Set([...Object.keys(before), ...Object.keys(after)])].reduce((sum, index) => {
      const [old, now] = [before[index], after[index]];
      const moved = old && now && (old.partition !== now.partition || old.sort !== now.sort);
      return sum + (moved ? 2 : 1);
    }, 0);
  return {
    units,
    records: {
      get: (key) => {
        units.reads += 1;
        return records.get(key);
      },
      query: (query) => {
        units.reads += 1;
        return records.query(query);
      },
      put: async (item, condition) => {
        const before = await records.get(item.key);
        units.writes += 1 + indexWrites(before?.indexes, item.indexes);
        return records.put(item, condition);
      },
      delete: async (key, condition) => {
        const before = await records.get(key);
        units.writes += 1 + indexWrites(before?.indexes, {});
        return records.delete(key, condition);
      },
      deleteAll: async (keys) => {
        for (const key of keys) {
          const before = await records.get(key);
          units.writes += 1 + indexWrites(before?.indexes, {});
        }
        return records.deleteAll(keys);
      },
    },
  };
}

describe("units of the table", () => {
  it("for a run that begins and ends", async () => {
    const { ports } = createWorld();
    const { records, units } = billed(ports.clock);
    const run = detail({ status: "RUNNING", endedAt: null });
    await recordStatus({ run, redrives: 0 }, { records });
    await recordStatus({ run: { ...run, status: "SUCCEEDED" }, redrives: 0 }, { records });
    expect(units).toEqual(TABLE_UNITS.run);
  });

  it.each([1, 3])("for an approval with %i approvers that is decided", async (count) => {
    const { ports } = createWorld();
    const { records, units } = billed(ports.clock);
    const world = { ...ports, records };
    const approvers = Array.from({ length: count }, (_, index) => `a${index}@example.com`);
    const { id } = await requestApproval(approvalCall({ policy: { approvers } }), world);
    await decide(id, { verdict: "approved", by: "a0@example.com" }, world);
    const { approval, approver, audit } = TABLE_UNITS;
    expect(units).toEqual({
      writes: approval.writes + audit.writes + count * approver.writes,
      reads: approval.reads + audit.reads + count * approver.reads,
    });
  });

  it("for an effect", async () => {
    const { ports } = createWorld();
    const { records, units } = billed(ports.clock);
    const { run, step } = approvalCall();
    const call: StepCall = { run, step, input: {}, config: {} };
    const deadline = new Date(ports.clock.now().getTime() + 60_000);
    const options = { key: "k", call, deadline, signal: new AbortController().signal };
    await performOnce(options, { records, clock: ports.clock }, async () => "done");
    expect(units).toEqual(TABLE_UNITS.effect);
  });
});
