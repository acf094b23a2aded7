import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../lib/manifest/duration.ts";
import { isBrokenExpression, isExpression } from "../../lib/manifest/expression.ts";
import { nearest } from "../../lib/manifest/nearest.ts";

describe("durations", () => {
  it.each([
    ["1s", 1],
    ["30s", 30],
    ["5m", 300],
    ["12h", 43_200],
    ["7d", 604_800],
    ["365d", 31_536_000],
  ])("%s are %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["", "5", "0s", "05s", "5 s", "5S", "1.5h", "-1s", "366d", "1w", "1h30m", "5m\n"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it("are written so that they are read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31_536_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });
});

describe("expressions", () => {
  it.each([
    ["{% $a %}", true, false],
    ["{%%}", true, false],
    ["{%}", false, true],
    [" {% $a %}", false, true],
    ["{% $a %}\n", false, true],
    ["a {% $b %}", false, true],
    ["{% $a", false, true],
    ["50 %} and {%", false, false],
    ["plain", false, false],
  ])("%j", (text, whole, broken) => {
    expect(isExpression(text)).toBe(whole);
    expect(isBrokenExpression(text)).toBe(broken);
  });
});

describe("the nearest known name", () => {
  const known = ["timeout", "task", "retry", "description"];
  it.each([
    ["timout", "timeout"],
    ["tmieout", "timeout"],
    ["Task", "task"],
    ["descripton", "description"],
    ["zebra", undefined],
    ["", undefined],
    ["t".repeat(1000), undefined],
  ])("%s: %s", (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });
});
