import { describe, expect, it } from "vitest";
import { memoryRecords } from "../../lib/local/ports/memory.ts";
import { type ClaimedRun, claimOf, startOnce } from "../../lib/runtime/claim-run.ts";

const START = Date.UTC(2026, 10, 21, 9);
const claimed: ClaimedRun = {
  workflow: "probe",
  run: "r-1",
  principal: "trigger:0",
  customer: null,
  input: '{"name":"Ada"}',
};

function createWorld() {
  let now = START;
  const clock = { now: () => new Date(now) };
  const started: string[] = [];
  return {
    ports: { records: memoryRecords(clock), clock },
    started,
    start: async (startedAt: string) => {
      started.push(startedAt);
    },
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

describe("a name that is claimed", () => {
  it("is started once, however many attempts there are at the same time", async () => {
    const { ports, started, start } = createWorld();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => startOnce(claimed, ports, start)),
    );
    expect(started).toEqual([new Date(START).toISOString()]);
    expect(new Set(answers.map(({ startedAt }) => startedAt)).size).toBe(1);
    expect(answers.every(({ sameInput }) => sameInput)).toBe(true);
    expect(await claimOf("probe", "r-1", ports)).toMatchObject({
      state: "started",
      principal: "trigger:0",
    });
  });

  it("says whether it was asked for with the same input", async () => {
    const { ports, started, start } = createWorld();
    await startOnce(claimed, ports, start);
    const other = await startOnce({ ...claimed, input: "{}" }, ports, start);
    expect(other.sameInput).toBe(false);
    expect(started).toHaveLength(1);
  });

  it("is started at once by the next attempt if the start has failed, with the same time", async () => {
    const { ports, started, start, pass } = createWorld();
    const fail = () => Promise.reject(new Error("throttled"));
    await expect(startOnce(claimed, ports, fail)).rejects.toThrow("throttled");
    pass(10);
    expect(await startOnce(claimed, ports, start)).toEqual({
      startedAt: new Date(START).toISOString(),
      sameInput: true,
    });
    expect(started).toEqual([new Date(START).toISOString()]);
  });

  it("is taken over from an attempt that was cut off, once its time is up", async () => {
    const { ports, started, start, pass } = createWorld();
    const hang = () => new Promise<void>(() => undefined);
    void startOnce(claimed, ports, hang);
    await expect(startOnce(claimed, ports, start, 50)).rejects.toThrow(
      'The run "r-1" is being started by another attempt.',
    );
    expect(started).toEqual([]);
    pass(61);
    await startOnce(claimed, ports, start);
    // The same run, so the same idempotency keys.
    expect(started).toEqual([new Date(START).toISOString()]);
  });

  it("is one of its workflow", async () => {
    const { ports, started, start } = createWorld();
    await startOnce(claimed, ports, start);
    await startOnce({ ...claimed, workflow: "other" }, ports, start);
    expect(started).toHaveLength(2);
    expect(await claimOf("third", "r-1", ports)).toBeUndefined();
  });
});
