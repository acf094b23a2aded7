import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wrap } from "../../../lib/cli/text/wrap.ts";

describe("text in lines", () => {
  it("breaks between words, and sets in what follows", () => {
    expect(wrap("one two three four", 10, "  ")).toEqual(["  one two", "    three", "    four"]);
  });

  it("cuts a word that fits into no line", () => {
    expect(wrap("sha256:0123456789", 8, "", "")).toEqual(["sha256:0", "12345678", "9"]);
  });

  it("is never wider than asked, and loses nothing", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 5, max: 80 }), (text, width) => {
        const lines = wrap(text, width, "  ", "    ");
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        const bare = (all: string) => all.replaceAll(" ", "");
        expect(bare(lines.join(""))).toBe(bare(text));
      }),
    );
  });
});
