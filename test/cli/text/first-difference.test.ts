import { describe, expect, it } from "vitest";
import { firstDifference } from "../../../lib/cli/text/first-difference.ts";

describe("the first difference of two texts", () => {
  it("is a line of either, or the end", () => {
    expect(firstDifference("a\nb", "a\nb")).toBeUndefined();
    expect(firstDifference("a\nb", "a\nc")).toEqual({ line: 2, found: "b", expected: "c" });
    expect(firstDifference("a", "a\nc")).toEqual({ line: 2, found: undefined, expected: "c" });
  });
});
