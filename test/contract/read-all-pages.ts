import { expect } from "vitest";
import type { RecordItem, RecordQuery, Records } from "../../lib/runtime/ports.ts";

/** All items of a query, page by page; no page may be larger than it was asked for. */
export async function readAllPages(records: Records, query: RecordQuery): Promise<RecordItem[]> {
  const items: RecordItem[] = [];
  let after: string | undefined;
  do {
    const page = await records.query(after === undefined ? query : { ...query, after });
    expect(page.items.length).toBeLessThanOrEqual(query.limit ?? 100);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

export function sortsOf(items: readonly RecordItem[]): string[] {
  return items.map(({ key: { sort } }) => sort);
}
