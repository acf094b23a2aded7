import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { memoryRecords } from "../../lib/local/ports/memory.ts";
import type { Records } from "../../lib/runtime/ports.ts";
import { countToolCall, type RatedCall } from "../../lib/runtime/rate-limit.ts";

const START = Date.UTC(2026, 0, 1);
let now = START;
const clock = { now: () => new Date(now) };
let records: Records;
beforeEach(() => {
  now = START;
  records = memoryRecords(clock);
});

let ids = 0;
function call(change: Partial<RatedCall> = {}): Promise<void> {
  const rated: RatedCall = {
    run: { environment: "test", workflow: "mailer" },
    tool: { function: "mail-send", name: "send", rate: { calls: 3, seconds: 60 } },
    id: `call-${ids++}`,
    ...change,
  };
  return countToolCall(rated, { records, clock });
}
const seconds = (count: number) => {
  now += count * 1000;
};

describe("the rate of a tool", () => {
  it("lets as many calls through as it says, and names the time until the next", async () => {
    await call();
    seconds(10);
    await call();
    await call();
    await expect(call()).rejects.toMatchObject({
      name: "Tool.RateLimited",
      message:
        'The tool "send" may be called 3 times in 60 s, over all runs of the workflow, and was. ' +
        "Try again in 50 s, or go on without it.",
      details: { tool: "send", calls: 3, seconds: 60, retryAfter: 50 },
    });
    seconds(49);
    await expect(call()).rejects.toMatchObject({ details: { retryAfter: 1 } });
    seconds(1);
    await call();
    await expect(call()).rejects.toMatchObject({ details: { retryAfter: 10 } });
  });

  it("counts a call once that is asked for again after a crash", async () => {
    for (let times = 0; times < 5; times++) await call({ id: "same" });
    await call();
    await call();
    await expect(call()).rejects.toMatchObject({ name: "Tool.RateLimited" });
    await call({ id: "same" });
  });

  it("is kept apart by environment, workflow and tool", async () => {
    for (let times = 0; times < 3; times++) await call();
    await call({ run: { environment: "prod", workflow: "mailer" } });
    await call({ run: { environment: "test", workflow: "other" } });
    await call({ tool: { function: "mail-look", name: "look", rate: { calls: 1, seconds: 60 } } });
  });

  it("costs no call to the table where there is none", async () => {
    const untouched = {} as Records;
    await countToolCall(
      {
        run: { environment: "test", workflow: "mailer" },
        tool: { function: "f", name: "look", rate: null },
        id: "1",
      },
      { records: untouched, clock },
    );
  });

  it("counts many calls in slots, and never lets more through", async () => {
    const tool = { function: "f", name: "t", rate: { calls: 1100, seconds: 1000 } };
    const through: number[] = [];
    for (let times = 0; times < 1500; times++) {
      now += 700;
      await call({ tool }).then(
        () => through.push(now),
        () => undefined,
      );
    }
    const most = Math.max(
      ...through.map((from) => through.filter((at) => at >= from && at < from + 1e6).length),
    );
    expect(most).toBeLessThanOrEqual(1100);
    expect(most).toBeGreaterThan(1080);
  });

  it("lets exactly so many of 40 calls at once through", async () => {
    const tool = { function: "f", name: "t", rate: { calls: 10, seconds: 3600 } };
    const ends = await Promise.allSettled(Array.from({ length: 40 }, () => call({ tool })));
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
  });

  it("holds in every window, however calls fall", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 }),
        async (pauses) => {
          now = START;
          records = memoryRecords(clock);
          const through: number[] = [];
          for (const pause of pauses) {
            seconds(pause);
            await call().then(
              () => through.push(now),
              (error: { details: { retryAfter: number } }) =>
                expect(error.details.retryAfter).toBeLessThanOrEqual(60),
            );
          }
          for (const from of through) {
            const inside = through.filter((at) => at >= from && at < from + 60_000);
            expect(inside.length).toBeLessThanOrEqual(3);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
