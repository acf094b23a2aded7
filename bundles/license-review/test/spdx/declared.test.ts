import { describe, expect, test } from "vitest";
import { readDeclared, readPackageLicence } from "../../code/spdx/declared.ts";
import { formatExpression } from "../../code/spdx/expression.ts";

describe("what package.json files say", () => {
  test.each<[string, object, string | undefined]>([
    ["a string", { license: "MIT" }, "MIT"],
    ["an object", { license: { type: "MIT", url: "https://example.com/l" } }, "MIT"],
    [
      "an object with an address only",
      { license: { url: "http://opensource.org/licenses/ISC" } },
      "ISC",
    ],
    [
      "a list of objects, which npm reads as a choice",
      { licenses: [{ type: "MIT" }, { type: "GPLv2" }] },
      "MIT OR GPL-2.0-only",
    ],
    ["a list of strings", { licenses: ["MIT", "Apache 2.0"] }, "MIT OR Apache-2.0"],
    ["a list under the newer name", { license: ["MIT", "ISC"] }, "MIT OR ISC"],
    ["both fields", { license: "MIT", licenses: [{ type: "MIT" }] }, "MIT"],
    [
      "an unknown type whose address is known",
      { license: { type: "See site", url: "http://www.opensource.org/licenses/mit-license.php" } },
      "MIT",
    ],
    ["nothing", {}, undefined],
    ["an empty text", { license: "" }, undefined],
    ["a number", { license: 7 }, undefined],
    ["null in a list", { licenses: [null] }, undefined],
  ])("%s", (_, manifest, expected) => {
    const read = readPackageLicence(manifest);
    expect(read && formatExpression(read)).toBe(expected);
  });
});

describe("what an SBOM declares", () => {
  test("one entry is what it says", () => {
    expect(readDeclared([{ text: "MIT" }])).toMatchObject({ is: "licence", id: "MIT" });
  });

  test("one entry that is a choice stays a choice", () => {
    expect(readDeclared([{ text: "(MIT OR GPL-3.0-only)" }])).toMatchObject({ is: "or" });
  });

  test("the same licence twice is one", () => {
    expect(readDeclared([{ text: "MIT" }, { text: "MIT License" }])).toMatchObject({ id: "MIT" });
  });

  test("several licences are a choice or all apply: CycloneDX does not say", () => {
    const read = readDeclared([{ text: "MIT" }, { text: "GPL-3.0-only" }]);
    expect(read).toMatchObject({ is: "ambiguous", text: "MIT, GPL-3.0-only" });
  });

  test("no entry is unknown", () => {
    expect(readDeclared([])).toMatchObject({ is: "unknown", why: "nothing is declared" });
  });

  test("an address helps where the name does not", () => {
    const url = "https://www.apache.org/licenses/LICENSE-2.0";
    expect(readDeclared([{ text: "Acme's licence", url }])).toMatchObject({ id: "Apache-2.0" });
  });
});
