import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeLines, safeText } from "../../../lib/cli/text/safe-text.ts";

describe("text of unknown origin", () => {
  it.each([
    ["a colour", "\u001b[31mred", "\\u001b[31mred"],
    ["a cursor movement in one C1 byte", "\u009b2J", "\\u009b2J"],
    ["a carriage return that overwrites the line", "bad\rgood", "bad\\rgood"],
    ["a line break", "a\nb", "a\\nb"],
    ["a right-to-left override", "exe.\u202egnp", "exe.\\u202egnp"],
    ["a zero-width space", "a\u200bb", "a\\u200bb"],
    ["an invisible tag character", "a\u{e0041}", "a\\udb40\\udc41"],
    ["a bell and a delete", "\u0007\u007f", "\\u0007\\u007f"],
  ])("shows %s instead of obeying it", (_name, text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it("leaves words of any script as they are", () => {
    expect(safeText("Prüfung 日本語 ✓ 👍")).toBe("Prüfung 日本語 ✓ 👍");
  });

  it("never lets a control character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(safeText(text)).not.toMatch(/\p{Cc}/u);
        expect(safeLines(text).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it("keeps line breaks where several lines are meant", () => {
    expect(safeLines("a\r\n\tb\u001b")).toBe("a\n  b\\u001b");
  });
});
