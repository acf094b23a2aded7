import list from "spdx-license-list/full.js";
import { describe, expect, test } from "vitest";
import { matchLicences } from "../../code/text/match-licences.ts";

const textOf = (id: string) => list[id]?.licenseText ?? "";
const idsIn = (text: string) => matchLicences(text).matches.map((match) => match.ids[0]);

/** As packages carry it: names and years filled in, other line breaks, comment signs. */
function asPackaged(text: string): string {
  return text
    .replace(/<year>|\[yyyy\]/g, "2019")
    .replace(/<copyright holders?>|<owner>|\[name of copyright owner\]/g, "Jo Doe <jo@example.com>")
    .split("\n")
    .map((line) => ` * ${line}`)
    .join("\r\n");
}

describe("a licence's text is found", () => {
  test.each([
    "MIT",
    "MIT-0",
    "ISC",
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "Apache-2.0",
    "MPL-2.0",
    "GPL-2.0-only",
    "LGPL-3.0-only",
    "AGPL-3.0-only",
    "CC0-1.0",
    "CC-BY-4.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "BlueOak-1.0.0",
    "X11",
    "JSON",
    "EPL-2.0",
    "MITNFA",
    "OFL-1.1",
    "BSL-1.0",
  ])("%s, and no other in it", (id) => {
    expect(idsIn(textOf(id))).toEqual([id]);
    expect(idsIn(asPackaged(textOf(id)))).toEqual([id]);
  });

  test("each of two, one after the other", () => {
    expect(idsIn(`${textOf("MIT")}\n\n${textOf("Apache-2.0")}`)).toEqual(["MIT", "Apache-2.0"]);
    expect(idsIn(`${textOf("BSD-3-Clause")}\n----\n${textOf("MIT")}`)).toEqual([
      "BSD-3-Clause",
      "MIT",
    ]);
  });

  test("without the instructions after its terms", () => {
    const terms = textOf("Apache-2.0").split("END OF TERMS AND CONDITIONS")[0] ?? "";
    expect(idsIn(`${terms} END OF TERMS AND CONDITIONS`)).toEqual(["Apache-2.0"]);
  });

  test("under all ids that share the text", () => {
    expect(matchLicences(textOf("GPL-3.0-only")).matches[0]?.ids).toEqual([
      "GPL-3.0-only",
      "GPL-3.0-or-later",
    ]);
  });
});

describe("a text that is more or less than the licence does not pass for it", () => {
  test("an added clause is left over", () => {
    const clause = "The Software may not be sold. You must pay a fee for any commercial use.";
    const { matches, rest } = matchLicences(`${textOf("MIT")}\n${clause}`);
    expect(matches.map(({ ids }) => ids[0])).toEqual(["MIT"]);
    expect(rest.map(({ text }) => text).join(" ")).toContain("must pay a fee");
  });

  test("half a licence is none", () => {
    const text = textOf("BSD-3-Clause");
    expect(idsIn(text.slice(0, text.length / 2))).toEqual([]);
  });

  test.each(["", "All rights reserved.", "Ask us.", "MIT", "word ".repeat(5000)])(
    "%j is none",
    (text) => {
      expect(idsIn(text)).toEqual([]);
    },
  );
});
