import { describe, expect, it } from "vitest";
import type { Clock } from "../../lib/runtime/ports.ts";
import type { MakeAdapter } from "./adapter.ts";

/** The contract of `Clock`. */
export function describeClock(name: string, make: MakeAdapter<Clock>): void {
  describe(`Clock: ${name}`, () => {
    it("tells the time, and never an earlier one than before", async () => {
      const { port, close } = await make();
      const times = Array.from({ length: 1000 }, () => port.now().getTime());
      expect(times.every(Number.isFinite)).toBe(true);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      await close?.();
    });

    it("gives a date of its own to each caller", async () => {
      const { port, close } = await make();
      const first = port.now();
      const before = first.getTime();
      first.setFullYear(1999);
      expect(port.now().getTime()).toBeGreaterThanOrEqual(before);
      await close?.();
    });
  });
}
