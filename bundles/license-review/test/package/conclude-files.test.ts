import list from "spdx-license-list/full.js";
import { describe, expect, test } from "vitest";
import { concludeFiles } from "../../code/package/conclude-files.ts";
import { formatExpression } from "../../code/spdx/expression.ts";
import { readLicence } from "../../code/spdx/read-licence.ts";

const text = (id: string) => `Copyright (c) 2012 Jo Doe\n\n${list[id]?.licenseText ?? ""}`;

function conclude(files: Record<string, string>, declared = "") {
  const read = Object.entries(files).map(([path, text]) => ({ path, text, digest: "sha256:0" }));
  const { licence, ...rest } = concludeFiles(read, readLicence(declared));
  return { ...rest, licence: licence && formatExpression(licence) };
}

const manifest = (content: object) => JSON.stringify({ name: "odd", ...content }, null, 2);

describe("a package's files settle its licence", () => {
  test.each<[string, Record<string, string>, string, string]>([
    ["the text of a licence", { LICENSE: text("MIT") }, "", "MIT"],
    [
      "the text, where package.json points to it",
      {
        "LICENSE.md": text("ISC"),
        "package.json": manifest({ license: "SEE LICENSE IN LICENSE.md" }),
      },
      "",
      "ISC",
    ],
    [
      "the text, where the name has several meanings",
      { LICENSE: text("BSD-3-Clause"), "package.json": manifest({ license: "BSD" }) },
      "BSD",
      "BSD-3-Clause",
    ],
    [
      "package.json's choice, whose texts are there",
      {
        "LICENSE-MIT": text("MIT"),
        "LICENSE-APACHE": text("Apache-2.0"),
        "package.json": manifest({ license: "MIT OR Apache-2.0" }),
      },
      "",
      "MIT OR Apache-2.0",
    ],
    [
      "package.json's old list",
      { "package.json": manifest({ licenses: [{ type: "MIT" }, { type: "GPLv2" }] }) },
      "",
      "MIT OR GPL-2.0-only",
    ],
    [
      "package.json's word on which version of one text",
      { COPYING: text("GPL-3.0-only"), "package.json": manifest({ license: "GPL-3.0-or-later" }) },
      "",
      "GPL-3.0-or-later",
    ],
    [
      "a full text in the README",
      { "README.md": `# odd\n\n## License\n\n${text("MIT")}\n\n## Thanks\n` },
      "",
      "MIT",
    ],
    [
      "a name alone in the README",
      { "Readme.md": "# odd\n\nLicense\n-------\n\nMIT\n" },
      "",
      "MIT",
    ],
    [
      "a linked name in the README",
      { "README.md": "## License\n\n[MIT](https://example.com/l)\n" },
      "",
      "MIT",
    ],
  ])("by %s", (_, files, declared, expected) => {
    expect(conclude(files, declared)).toMatchObject({ licence: expected });
  });

  test("by what package.json says vaguely, if nothing says more", () => {
    expect(conclude({ "package.json": manifest({ license: "LGPL" }) }).licence).toBe('"LGPL"');
  });
});

describe("a person must read on", () => {
  test.each<[string, Record<string, string>, string, string]>([
    ["nothing at all", {}, "", "say nothing about a licence"],
    [
      "a text that is none we know",
      { LICENSE: "You may look, but not touch." },
      "",
      "a person must read",
    ],
    [
      "a clause beside the licence",
      { LICENSE: `${text("MIT")}\n"Commons Clause": the right to sell is not granted.` },
      "",
      "besides MIT",
    ],
    [
      "a text that contradicts package.json",
      { LICENSE: text("MIT"), "package.json": manifest({ license: "ISC" }) },
      "",
      "ISC is declared, but a licence file is MIT",
    ],
    [
      "a text that contradicts the SBOM",
      { LICENSE: text("GPL-3.0-only") },
      "MIT",
      "MIT is declared, but a licence file is GPL-3.0-only or GPL-3.0-or-later",
    ],
    [
      "a text beside UNLICENSED",
      { LICENSE: text("MIT"), "package.json": manifest({ license: "UNLICENSED" }) },
      "",
      "UNLICENSED is declared",
    ],
    [
      "a package.json that contradicts the SBOM",
      { "package.json": manifest({ license: "MIT" }) },
      "BSD",
      'the SBOM says "BSD", package.json MIT',
    ],
    [
      "a sentence in the README",
      { "README.md": "## License\n\nFree for private use.\n" },
      "",
      "a person must read",
    ],
    [
      "a README that contradicts the SBOM",
      { "README.md": "## License\n\nMIT\n" },
      "GPL-3.0-only",
      "a person must read",
    ],
    [
      "a short licence file that is no name",
      { LICENSE: "Choose MIT or LGPL.", "package.json": manifest({ license: "MIT" }) },
      "",
      "a person must read",
    ],
    ["a broken package.json", { "package.json": "{" }, "", "say nothing"],
  ])("where there is %s", (_, files, declared, reason) => {
    expect(conclude(files, declared)).toMatchObject({
      licence: undefined,
      reason: expect.stringContaining(reason),
    });
  });

  test("two licences without a word on how they belong together have two readings", () => {
    const found = concludeFiles(
      [{ path: "LICENSE", text: `${text("MIT")}\n\n${text("Apache-2.0")}`, digest: "sha256:0" }],
      readLicence(""),
    );
    expect(found.licence).toMatchObject({ is: "ambiguous", text: "MIT, Apache-2.0" });
  });
});

test("evidence names file, digest, line, quote and likeness", () => {
  const { evidence } = conclude({ LICENSE: text("ISC") });
  expect(evidence).toEqual([
    {
      file: "LICENSE",
      digest: "sha256:0",
      line: 3,
      quote: expect.stringContaining("ISC License"),
      licence: "ISC",
      similarity: 1,
    },
  ]);
});

test("a clause beside the licence is quoted", () => {
  const { evidence } = conclude({ LICENSE: `${text("MIT")}\nYou must not use it for evil.` });
  expect(evidence.at(-1)).toMatchObject({ licence: null, quote: "You must not use it for evil." });
});
