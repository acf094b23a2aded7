import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";
import { parseYaml } from "../../lib/manifest/yaml.ts";

/** The text of the file at the place of `part` of the string at `path`. */
function shown(text: string, path: (string | number)[], part: string): string {
  const { source } = parseYaml(text, "f");
  const value = parseDocument(text).getIn(path) as string;
  const offset = value.indexOf(part);
  expect(offset).toBeGreaterThanOrEqual(0);
  const { line, column, endColumn } = source.placeOf(path, { offset, length: part.length });
  return (text.split(/\r?\n/)[line - 1] ?? "").slice(column - 1, endColumn - 1);
}

describe("places inside of strings", () => {
  it.each([
    ["plain", "a: $one + $two\n", "$two"],
    ["plain over lines", "a: $one +\n  $two\n\n  $three\n", "$three"],
    ["single quotes", "a: '$one & ''x'' & $two'\n", "$two"],
    ["single quotes over lines", "a: '$one &\n   ''x''\n\n   & $two'\n", "$two"],
    ["double quotes", 'a: "$one & \\"x\\" & \\u00e9\\x41\\n & $two"\n', "$two"],
    ["double quotes with a line continued", 'a: "$one & \\\n     $two"\n', "$two"],
    ["double quotes over lines", 'a: "$one &\n\n     $two"\n', "$two"],
    ["a literal block", "a: |\n  $one\n    $two\n\n  $three\n", "$three"],
    ["a literal block, indented inside", "a: |\n  $one\n    $two\n", "$two"],
    ["a literal block with an indicator", "a: |2-\n    $one\n  $two\n", "$two"],
    ["a folded block", "a: >-\n  $one\n  +\n  $two\n", "$two"],
    ["a folded block with paragraphs", "a: >\n  $one\n\n\n  $two\n    $more\n  $three\n", "$three"],
    ["Windows line ends, literal", "a: |\r\n  $one\r\n  $two\r\n", "$two"],
    ["Windows line ends, plain", "a: $one\r\n  $two\r\n", "$two"],
    ["characters beyond the basic plane", 'a: "\u{1F332} $two"\n', "$two"],
  ])("%s", (_name, text, part) => {
    expect(shown(text, ["a"], part)).toBe(part);
  });

  it("are right in whatever style a string is written", () => {
    const word = fc.stringMatching(/^[a-z$%{}'"\\:#&*é-]{1,8}$/);
    const style = fc.constantFrom(
      "PLAIN",
      "QUOTE_SINGLE",
      "QUOTE_DOUBLE",
      "BLOCK_LITERAL",
      "BLOCK_FOLDED",
    );
    const gap = fc.constantFrom(" ", " ", "\n", "\n\n", "  ");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, gap), { minLength: 1, maxLength: 12 }),
        style,
        (parts, type) => {
          const value = `${parts.flat().join("")}$target`;
          const text = stringify(
            { x: { a: value } },
            { defaultStringType: type as "PLAIN", lineWidth: 30 },
          );
          expect(parseDocument(text).getIn(["x", "a"])).toBe(value);
          // Double quotes may break a long word itself, with a backslash at the end of the line.
          const found = shown(text, ["x", "a"], "$target").replace(/\\$/, "");
          expect(found.length > 0 && "$target".startsWith(found)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("places of keys and values", () => {
  const text = 'steps:\n  - id: a\n    with: { b: [1, "two"] }\n  - &n { id: c }\n  - *n\nempty:\n';
  const { source } = parseYaml(text, "f");
  const at = ({ line, column, endColumn }: { line: number; column: number; endColumn: number }) =>
    `${line}:${column}-${endColumn}`;

  it.each([
    ["a value", ["steps", 0, "with", "b", 1], "3:20-25"],
    ["a structure shows its first line", ["steps", 0], "2:5-10"],
    ["through an alias", ["steps", 2, "id"], "4:14-15"],
    ["an alias itself", ["steps", 2], "5:5-7"],
    ["a key without a value", ["empty"], "6:1-6"],
    ["what is missing: the nearest thing around it", ["steps", 0, "with", "z", "y"], "3:11-28"],
  ])("%s", (_name, path, expected) => {
    expect(at(source.placeOf(path))).toBe(expected);
  });

  it("knows keys, and what the file itself has", () => {
    expect(at(source.keyPlaceOf(["steps", 0, "with"]))).toBe("3:5-9");
    expect(source.has(["steps", 0, "with", "b"])).toBe(true);
    expect(source.has(["steps", 0, "timeout"])).toBe(false);
  });
});
