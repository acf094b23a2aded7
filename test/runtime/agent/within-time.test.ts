import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TimeIsUp, withinTime } from "../../../lib/runtime/agent/within-time.ts";

const never = () => new Promise<never>(() => undefined);

describe("a call that may take so long", () => {
  it("comes back with what it results in", async () => {
    const { signal } = new AbortController();
    expect(await withinTime(60, signal, async () => "done")).toBe("done");
  });

  it("fails as the work fails", async () => {
    const { signal } = new AbortController();
    const work = withinTime(60, signal, () => Promise.reject(new RangeError("no")));
    await expect(work).rejects.toThrow(RangeError);
  });

  it("is given up after its time, by work that has no ear for its signal too", async () => {
    const { signal } = new AbortController();
    let own: AbortSignal | undefined;
    const work = withinTime(0.01, signal, (given) => {
      own = given;
      return never();
    });
    // The call's own timer keeps no process alive; this one does.
    await Promise.all([expect(work).rejects.toThrow(TimeIsUp), sleep(50)]);
    expect(own?.reason).toBeInstanceOf(TimeIsUp);
  });

  it("ends with the reason of the signal, whatever the work makes of it", async () => {
    const stop = new AbortController();
    const reason = new Error("the function ends");
    const work = withinTime(
      60,
      stop.signal,
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("connection closed")));
        }),
    );
    stop.abort(reason);
    await expect(work).rejects.toBe(reason);
  });

  it("does not begin once the signal has aborted", async () => {
    let begun = 0;
    const work = withinTime(60, AbortSignal.abort(new Error("over")), async () => {
      begun += 1;
    });
    await expect(work).rejects.toThrow("over");
    expect(begun).toBe(0);
  });
});
