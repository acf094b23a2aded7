import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkDocument } from "../../../lib/runtime/knowledge/chunk-document.ts";
import { fullTextIndex } from "../../../lib/runtime/knowledge/full-text-index.ts";
import type { Chunk } from "../../../lib/runtime/knowledge/retrieve-document.ts";
import { wordsOf } from "../../../lib/runtime/knowledge/words.ts";

const DOCUMENTS = {
  "policy.md":
    "# Licences\n\n## Permissive\n\nMIT and Apache-2.0 are allowed everywhere.\n\n## Copyleft\n\nThe GPL needs an exception, approved by the legal team.\n",
  "refunds.md": "# Refunds\n\nA refund within 30 days is granted without questions.\n",
  "unicode.md":
    "# Größe\n\nDie Straße nach Zürich.\n\n# 許可証\n\nこのソフトウェアの許可証は寛容です。\n\n# Права\n\nЛицензия разрешает использование.\n",
};
const CHUNKS: Chunk[] = Object.entries(DOCUMENTS).flatMap(([source, text]) =>
  chunkDocument(source, text, { size: 200, overlap: 20 }),
);
const found = async (query: string, limit = 5) =>
  (await fullTextIndex(CHUNKS).search(query, limit)).map(({ chunk }) => chunk.heading);

describe("a full-text index", () => {
  it.each([
    ["GPL exception", "Licences > Copyleft"],
    ["apache", "Licences > Permissive"],
    ["copyleft", "Licences > Copyleft"],
    ["refunds", "Refunds"],
    ["approve", "Licences > Copyleft"],
    ["excepton", "Licences > Copyleft"],
    ["zurich", "Größe"],
    ["STRASSE zürich", "Größe"],
    ["許可", "許可証"],
    ["寛容", "許可証"],
    ["лицензия", "Права"],
    ["ＭＩＴ", "Licences > Permissive"],
  ])("finds %j under %j", async (query, heading) => {
    expect((await found(query))[0]).toBe(heading);
  });

  it("finds nothing for words that are nowhere, and for none", async () => {
    for (const query of ["xylophone", "", "  ", "?!", "🌳"]) expect(await found(query)).toEqual([]);
  });

  it("gives at most as many as asked for", async () => {
    expect(await found("licences", 1)).toHaveLength(1);
    expect((await found("licences")).length).toBeGreaterThan(1);
  });

  it("breaks ties by id", async () => {
    const twins = ["c", "a", "b"].map((id) => ({ ...(CHUNKS[0] as Chunk), id }));
    const hits = await fullTextIndex(twins).search("MIT", 5);
    expect(hits.map(({ chunk }) => chunk.id)).toEqual(["a", "b", "c"]);
  });

  it("answers alike in whatever order the chunks come", async () => {
    const queries = ["gpl exception legal", "refund licence", "許可 zürich"];
    const answers = (chunks: readonly Chunk[]) => {
      const index = fullTextIndex(chunks);
      return Promise.all(queries.map((query) => index.search(query, 10)));
    };
    const expected = await answers(CHUNKS);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(CHUNKS, { minLength: CHUNKS.length }),
        async (shuffled) => {
          expect(await answers(shuffled)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("takes any query", async () => {
    const index = fullTextIndex(CHUNKS);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (query) => {
        const hits = await index.search(query, 3);
        expect(hits.length).toBeLessThanOrEqual(3);
        const scores = hits.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
      }),
    );
  });
});

describe("wordsOf", () => {
  it.each([
    ["The GPL-2.0 licence", ["the", "gpl", "2", "0", "licence"]],
    ["Café ﬁle", ["cafe", "file"]],
    ["read_file", ["read_file"]],
    ["許可証", ["許可", "可証"]],
    ["GPL許可", ["gpl", "許可"]],
    ["証", ["証"]],
    ["constructor __proto__", ["constructor", "__proto__"]],
  ])("cuts %j into %j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});
