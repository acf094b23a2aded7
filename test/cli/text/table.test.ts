import { describe, expect, it } from "vitest";
import { displayWidth, renderTable, truncate } from "../../../lib/cli/text/table.ts";

describe("tables", () => {
  it("aligns columns, wide characters included", () => {
    expect(
      renderTable(
        [{ title: "NAME" }, { title: "N", align: "right" }],
        [
          ["日本", "7"],
          ["café", "12"],
        ],
        80,
      ),
    ).toEqual(["NAME   N", "日本   7", "café  12"]);
  });

  it("has no heading line without titles", () => {
    expect(renderTable([{}, {}], [["a", "b"]], 80)).toEqual(["a  b"]);
  });

  it("shrinks the column that gives way, and says that something is missing", () => {
    const [line = ""] = renderTable([{}, { shrink: true }], [["id", "x".repeat(100)]], 40);
    expect(displayWidth(line)).toBe(40);
    expect(line.endsWith("…")).toBe(true);
  });

  it("paints without counting the paint", () => {
    const paint = (cell: string) => `\u001b[31m${cell}\u001b[39m`;
    expect(
      renderTable(
        [{ paint }, {}],
        [
          ["a", "b"],
          ["aa", "b"],
        ],
        80,
      ),
    ).toEqual(["\u001b[31ma \u001b[39m  b", "\u001b[31maa\u001b[39m  b"]);
  });

  it("never cuts a wide character in half", () => {
    expect(truncate("日本語テキスト", 7)).toBe("日本語…");
    expect(truncate("short", 7)).toBe("short");
  });
});
