import { describe, expect, it } from "vitest";
import { formatDistance, formatMilliseconds } from "../../../lib/cli/text/time-text.ts";

describe("durations for people", () => {
  it.each([
    [0, "0 ms"],
    [412.4, "412 ms"],
    [999.6, "1.0 s"],
    [1234, "1.2 s"],
    [59_949, "59.9 s"],
    [59_960, "1 min"],
    [200_000, "3 min 20 s"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [273_600_000, "3 d 4 h"],
    [-5, "0 ms"],
  ])("says %d ms as %s", (ms, text) => {
    expect(formatMilliseconds(ms)).toBe(text);
  });

  it("says how far an instant lies ahead or back", () => {
    const now = new Date("2026-11-21T12:00:00Z");
    expect(formatDistance("2026-11-24T11:00:00Z", now)).toBe("in 2 d 23 h");
    expect(formatDistance("2026-11-21T11:55:00Z", now)).toBe("5 min ago");
  });
});
