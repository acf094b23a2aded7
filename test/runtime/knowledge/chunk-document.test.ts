import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkDocument } from "../../../lib/runtime/knowledge/chunk-document.ts";

const GUIDE = `Read this first.

# Licences

## MIT

Permissive. Keep the notice.

\`\`\`sh
# not a heading
echo MIT
\`\`\`

## GPL #

Copyleft.

# Contact
`;

describe("chunkDocument", () => {
  it("cuts Markdown at its headings, and names the way to each", () => {
    const chunks = chunkDocument("guide.md", GUIDE, { size: 400, overlap: 50 });
    expect(chunks.map(({ heading, text }) => [heading, text])).toEqual([
      [null, "Read this first."],
      [
        "Licences > MIT",
        "# Licences\n\n## MIT\n\nPermissive. Keep the notice.\n\n```sh\n# not a heading\necho MIT\n```",
      ],
      ["Licences > GPL", "## GPL #\n\nCopyleft."],
      ["Contact", "# Contact"],
    ]);
    expect(chunks[0]).toEqual({
      id: "guide.md#0-16",
      source: "guide.md",
      span: { start: 0, end: 16 },
      heading: null,
      text: "Read this first.",
    });
  });

  it("takes other text as one piece, whatever its lines begin with", () => {
    const text = "# a comment\nkey = 1\n";
    expect(chunkDocument("a.conf", text, { size: 100, overlap: 0 })).toMatchObject([
      { heading: null, text: "# a comment\nkey = 1" },
    ]);
  });

  it.each([
    ["paragraphs", "One two three four.\n\nFive six seven. Eight", "One two three four."],
    ["lines", "One two three four\nFive six seven eight nine", "One two three four"],
    ["sentences", "One two three four. Five six seven eight", "One two three four."],
    ["words", "One two three four five six seven eight nine", "One two three four five six"],
    ["nothing at all", "x".repeat(50), "x".repeat(28)],
    ["sentences of Chinese", `${"许可证是宽松的。".repeat(5)}`, "许可证是宽松的。".repeat(3)],
  ])("cuts between %s where it can", (_what, text, first) => {
    const [chunk] = chunkDocument("a.txt", text, { size: 28, overlap: 0 });
    expect(chunk?.text).toBe(first);
  });

  it("repeats whole words of the chunk before", () => {
    const text = "one two three four five six seven eight nine ten eleven twelve";
    const chunks = chunkDocument("a.txt", text, { size: 24, overlap: 10 });
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      "one two three four five",
      "four five six seven",
      "six seven eight nine ten",
      "nine ten eleven twelve",
    ]);
  });

  it("has nothing for a document without words", () => {
    for (const text of ["", " \n\t\n", "\ufeff"]) {
      expect(chunkDocument("a.md", text, { size: 100, overlap: 10 })).toEqual([]);
    }
  });

  it.each([
    [15, 0],
    [100, 51],
    [100, -1],
    [100.5, 0],
    [100, 0.5],
  ])("refuses a size of %d with an overlap of %d", (size, overlap) => {
    expect(() => chunkDocument("a.md", "x", { size, overlap })).toThrow(RangeError);
  });

  const PIECE = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom("word", "Wort.", "許可証。", "🌳", "a̐", "longer-word"),
    },
    { weight: 4, arbitrary: fc.constantFrom(" ", "  ", "\n", "\n\n", "\r\n", "\t") },
    {
      weight: 2,
      arbitrary: fc.constantFrom("\n# Head\n", "\n## Sub ##\n", "\n```\n", "\n~~~~\n", "#"),
    },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 60 }) },
  );
  const TEXT = fc.array(PIECE, { maxLength: 80 }).map((pieces) => pieces.join(""));
  const OPTIONS = fc
    .tuple(fc.integer({ min: 16, max: 120 }), fc.integer({ min: 0, max: 60 }))
    .map(([size, overlap]) => ({ size, overlap: Math.min(overlap, Math.floor(size / 2)) }));

  it("keeps its promises for any text", () => {
    fc.assert(
      fc.property(TEXT, OPTIONS, fc.constantFrom("a.md", "a.txt"), (text, options, source) => {
        const chunks = chunkDocument(source, text, options);
        expect(chunkDocument(source, text, options)).toEqual(chunks);
        const covered = new Set<number>();
        let before = { start: -1, end: 0 };
        for (const chunk of chunks) {
          const { start, end } = chunk.span;
          expect(text.slice(start, end)).toBe(chunk.text);
          expect(chunk.text).toBe(chunk.text.trim());
          expect(chunk.text.length).toBeGreaterThan(0);
          expect(chunk.text.length).toBeLessThanOrEqual(options.size);
          expect(start).toBeGreaterThan(before.start);
          expect(end).toBeGreaterThan(before.end);
          expect(before.end - start).toBeLessThanOrEqual(options.overlap);
          for (let at = start; at < end; at++) covered.add(at);
          // A pair is whole, or was none in the text.
          expect(/\p{Surrogate}/u.test(chunk.text)).toBe(false);
          before = chunk.span;
        }
        const missed = [...text].length === 0 ? [] : [...Array(text.length).keys()];
        expect(missed.filter((at) => /\S/.test(text.charAt(at)) && !covered.has(at))).toEqual([]);
        expect(new Set(chunks.map(({ id }) => id)).size).toBe(chunks.length);
      }),
      { numRuns: 500 },
    );
  });
});
