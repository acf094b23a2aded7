import MiniSearch from "minisearch";
import type { Hit, KnowledgeIndex } from "./knowledge-index.ts";
import type { Chunk } from "./retrieve-document.ts";
import { wordsOf } from "./words.ts";

/** Words from this length on are also found as the beginning of longer ones: `licence`, `licences`. */
const PREFIX_FROM = 4;
/** Words from this length on are also found with a few other letters: `licence`, `license`. */
const FUZZY_FROM = 6;

/** Indexes chunks in memory (BM25+). Their order does not matter; of equal ids the first one counts. */
export function fullTextIndex(chunks: readonly Chunk[]): KnowledgeIndex {
  const byId = new Map<string, Chunk>();
  for (const chunk of chunks) if (!byId.has(chunk.id)) byId.set(chunk.id, chunk);
  const index = new MiniSearch<Chunk>({
    fields: ["text", "heading", "source"],
    tokenize: wordsOf,
    processTerm: (word) => word,
    searchOptions: {
      boost: { heading: 2, source: 0.5 },
      prefix: (word) => word.length >= PREFIX_FROM,
      fuzzy: (word) => (word.length >= FUZZY_FROM ? 0.2 : false),
    },
  });
  // Sums of fractions depend on their order: the same chunks in another order are the same snapshot.
  index.addAll([...byId.values()].sort((a, b) => compare(a.id, b.id)));
  return {
    async search(query, limit) {
      const hits = index.search(query).flatMap(({ id, score }): Hit[] => {
        const chunk = byId.get(String(id));
        return chunk ? [{ chunk, score: Number(score.toFixed(6)) }] : [];
      });
      return hits
        .sort((a, b) => b.score - a.score || compare(a.chunk.id, b.chunk.id))
        .slice(0, limit);
    },
  };
}

/** By UTF-16 units: no locale has a say. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
