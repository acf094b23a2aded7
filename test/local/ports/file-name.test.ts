import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileNameOf, textOfFileName } from "../../../lib/local/ports/file-name.ts";

describe("file names of keys", () => {
  it.each([
    ["run-1_x", "run-1_x"],
    ["Run#A", "^run%23^a"],
    ["..", "%2e%2e"],
    ["~", "%7e"],
    ["ä", "%c3%a4"],
  ])("write %j as %s", (text, name) => {
    expect(fileNameOf(text)).toBe(name);
  });

  it("are safe, short, unique whatever a file system makes of case, and can be read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, two) => {
        const name = fileNameOf(one);
        expect(name).toMatch(/^[a-z0-9_^%~-]*$/);
        expect(name.length).toBeLessThanOrEqual(180);
        expect(textOfFileName(name) ?? one).toBe(one);
        expect(name === fileNameOf(two)).toBe(one === two);
      }),
    );
  });

  it("cut long texts, and tell them apart all the same", () => {
    const long = "k".repeat(500);
    expect(fileNameOf(`${long}a`)).not.toBe(fileNameOf(`${long}b`));
    expect(fileNameOf(`${long}a`).length).toBeLessThanOrEqual(180);
    expect(textOfFileName(fileNameOf(long))).toBeUndefined();
  });
});
