/** What answers a query: full text now; a vector index would stand behind the same interface. */
import type { Chunk } from "./retrieve-document.ts";

export interface KnowledgeIndex {
  /** At most `limit`, best first, ties by id: the same query gives the same list. */
  search(query: string, limit: number): Promise<readonly Hit[]>;
}

export interface Hit {
  readonly chunk: Chunk;
  /** Larger is better; comparable within one query only. */
  readonly score: number;
}
