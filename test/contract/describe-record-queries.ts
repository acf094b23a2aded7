import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RecordItem, RecordQuery, Records } from "../../lib/runtime/ports.ts";
import type { Adapter } from "./adapter.ts";
import { AWKWARD_KEYS } from "./awkward-keys.ts";
import type { MakeRecords } from "./describe-records.ts";
import { readAllPages, sortsOf } from "./read-all-pages.ts";

const started = Date.UTC(2026, 0, 1);

/** The contract of `Records`: what is found, and in which order. */
export function describeRecordQueries(name: string, make: MakeRecords): void {
  describe(`Records: ${name}`, () => {
    let adapter: Adapter<Records>;
    let records: Records;
    let now: number;

    beforeEach(async () => {
      now = started;
      adapter = await make({ now: () => new Date(now) });
      records = adapter.port;
    });
    afterEach(() => adapter.close?.());

    const collect = (query: RecordQuery) => readAllPages(records, query);

    const key = { partition: "run#1", sort: "run" };

    describe("a query", () => {
      const fill = async (sorts: readonly string[], partition = "p") => {
        for (const sort of sorts) await records.put({ key: { partition, sort }, data: { sort } });
      };

      it("finds nothing in a partition that nobody wrote to", async () => {
        expect(await records.query({ partition: "none" })).toEqual({ items: [] });
        expect(await records.query({ partition: "none", index: "i" })).toEqual({ items: [] });
      });

      it("orders by the bytes of the sort keys, both ways", async () => {
        await fill([...AWKWARD_KEYS].reverse());
        await fill(["elsewhere"], "q");
        const ascending = await collect({ partition: "p" });
        expect(sortsOf(ascending)).toEqual(AWKWARD_KEYS);
        const descending = await collect({ partition: "p", order: "descending" });
        expect(sortsOf(descending)).toEqual([...AWKWARD_KEYS].reverse());
        expect(ascending[0]).toEqual({
          key: { partition: "p", sort: " " },
          data: { sort: " " },
          version: 1,
        });
      });

      it("takes a prefix literally", async () => {
        await fill(["a%", "a%b", "a", "ab", "a%\u{10ffff}", "b%"]);
        expect(sortsOf(await collect({ partition: "p", prefix: "a%" }))).toEqual([
          "a%",
          "a%b",
          "a%\u{10ffff}",
        ]);
      });

      it.each([1, 2, 3, 7, 8, 1000])("gives pages of at most %i items", async (limit) => {
        const sorts = ["1", "2", "3", "4", "5", "6", "7"];
        await fill(sorts);
        expect(sortsOf(await collect({ partition: "p", limit }))).toEqual(sorts);
        const back = await collect({ partition: "p", limit, order: "descending" });
        expect(sortsOf(back)).toEqual([...sorts].reverse());
      });

      it("has no next page where nothing follows", async () => {
        await fill(["1", "2"]);
        expect(await records.query({ partition: "p", limit: 2 })).not.toHaveProperty("next");
        await records.delete({ partition: "p", sort: "2" });
        expect(await records.query({ partition: "p", limit: 1 })).not.toHaveProperty("next");
      });

      it("goes on where it was, whatever was written or deleted meanwhile", async () => {
        await fill(["a", "c", "e", "g"]);
        const first = await records.query({ partition: "p", limit: 2 });
        await records.delete({ partition: "p", sort: "c" });
        await fill(["b", "f"]);
        const after = first.next ?? "";
        const second = await records.query({ partition: "p", limit: 10, after });
        expect(sortsOf(second.items)).toEqual(["e", "f", "g"]);
      });

      it.each([0, -1, 1001, 1.5])("refuses pages of %d items", async (limit) => {
        await expect(records.query({ partition: "p", limit })).rejects.toThrow(RangeError);
      });

      it.each(["", "x", Buffer.from("[1]").toString("base64url")])(
        "refuses %j as the place to go on from",
        async (after) => {
          await expect(records.query({ partition: "p", after })).rejects.toThrow(RangeError);
        },
      );
    });

    describe("an index", () => {
      const put = (sort: string, indexes?: RecordItem["indexes"]) =>
        records.put({
          key: { partition: "p", sort },
          data: { sort },
          ...(indexes && { indexes }),
        });
      const open = { partition: "open", sort: "1" };

      it("finds items under their further keys, whole", async () => {
        const written = await put("a", { status: open, owner: { partition: "ann", sort: "x" } });
        expect(await collect({ index: "status", partition: "open" })).toEqual([written]);
        expect(await collect({ index: "owner", partition: "ann" })).toEqual([written]);
        expect(await collect({ index: "status", partition: "ann" })).toEqual([]);
        expect(await collect({ index: "other", partition: "open" })).toEqual([]);
        expect(await collect({ partition: "open" })).toEqual([]);
      });

      it("follows an item that moves, and forgets one that leaves or is deleted", async () => {
        await put("a", { status: open });
        await put("b", { status: open });
        await put("c", { status: open });
        await put("a", { status: { partition: "closed", sort: "1" } });
        await put("b");
        await records.delete({ partition: "p", sort: "c" });
        expect(await collect({ index: "status", partition: "open" })).toEqual([]);
        expect(sortsOf(await collect({ index: "status", partition: "closed" }))).toEqual(["a"]);
        await put("a", { status: open });
        expect(sortsOf(await collect({ index: "status", partition: "open" }))).toEqual(["a"]);
        expect(await collect({ index: "status", partition: "closed" })).toEqual([]);
      });

      it("keeps several items under one key, and pages through them", async () => {
        const names = ["a", "b", "c", "d", "e"];
        for (const name of names) await put(name, { status: open });
        for (const limit of [1, 2, 5]) {
          const found = await collect({ index: "status", partition: "open", limit });
          expect(sortsOf(found).sort()).toEqual(names);
        }
      });

      it("orders by its own sort keys, with prefix, both ways", async () => {
        await put("a", { due: { partition: "q", sort: "2026-03" } });
        await put("b", { due: { partition: "q", sort: "2026-01" } });
        await put("c", { due: { partition: "q", sort: "2027-01" } });
        const query = { index: "due", partition: "q", prefix: "2026", limit: 1 };
        expect(sortsOf(await collect(query))).toEqual(["b", "a"]);
        expect(sortsOf(await collect({ ...query, order: "descending" }))).toEqual(["a", "b"]);
      });

      it("finds each item once while it is written again and again", async () => {
        await put("a", { status: open });
        for (let round = 0; round < 5; round++) {
          const [found] = await Promise.all([
            collect({ index: "status", partition: "open" }),
            put("a", { status: open }),
          ]);
          expect(found).toHaveLength(1);
        }
      });

      it.each(["a b", "../x", "Über"])("may be called %j", async (index) => {
        await put("a", { [index]: open });
        expect(await collect({ index, partition: "open" })).toHaveLength(1);
      });
    });

    describe("an expired item", () => {
      const expiresAt = started / 1000 + 10;

      it("is returned until its time, and not after", async () => {
        await records.put({ key, data: {}, indexes: { i: key }, expiresAt });
        now = expiresAt * 1000 - 1;
        expect(await records.get(key)).toBeDefined();
        expect(await collect({ partition: key.partition })).toHaveLength(1);
        now = expiresAt * 1000;
        expect(await records.get(key)).toBeUndefined();
        expect(await collect({ partition: key.partition })).toEqual([]);
        expect(await collect({ index: "i", partition: key.partition })).toEqual([]);
      });

      it("is nothing to a condition", async () => {
        await records.put({ key, data: { old: true }, expiresAt });
        now = expiresAt * 1000;
        await expect(records.put({ key, data: {} }, { version: 1 })).rejects.toMatchObject({
          name: "ConditionFailed",
          standing: undefined,
        });
        await records.put({ key, data: { new: true } }, { absent: true });
        expect(await records.get(key)).toEqual({ key, data: { new: true }, version: 1 });
      });
    });
  });
}
