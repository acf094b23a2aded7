import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock, RecordItem, RecordQuery, Records } from "../../lib/runtime/ports.ts";
import { MAX_RECORD_BYTES } from "../../lib/runtime/record-rules.ts";
import type { Adapter } from "./adapter.ts";

/** Sorted by their UTF-8 bytes, which is not the order of JavaScript strings (the last two). */
const AWKWARD_KEYS = [
  " ",
  "!",
  "#",
  "%2e",
  "..",
  "../../outside",
  "/",
  "A",
  "AUX",
  "a",
  "a\u0000b",
  "a\nb",
  "a/b",
  "a\\b",
  "con:aux",
  "naïve",
  "~",
  "é",
  "\uffff",
  "🌳",
];

export type MakeRecords = (clock: Clock) => Promise<Adapter<Records>>;

const started = Date.UTC(2026, 0, 1);

/** The contract of `Records`. The adapter must tell the time by the clock that it is given. */
export function describeRecords(name: string, make: MakeRecords): void {
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

    const key = { partition: "run#1", sort: "run" };
    const collect = async (query: RecordQuery): Promise<RecordItem[]> => {
      const items: RecordItem[] = [];
      let after: string | undefined;
      do {
        const page = await records.query(after === undefined ? query : { ...query, after });
        expect(page.items.length).toBeLessThanOrEqual(query.limit ?? 100);
        items.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      return items;
    };
    const sortsOf = (items: readonly RecordItem[]) => items.map(({ key: { sort } }) => sort);

    describe("an item", () => {
      it("is not there before it is written", async () => {
        expect(await records.get(key)).toBeUndefined();
      });

      it("comes back as it was written, in version 1", async () => {
        const item = {
          key,
          data: { text: "ä🌳\u0000", list: [1, -0.5, null, { deep: [[]] }], "": true, no: {} },
          indexes: { status: { partition: "runs#RUNNING", sort: "2026#1" } },
          expiresAt: started / 1000 + 60,
        };
        expect(await records.put(item)).toEqual({ ...item, version: 1 });
        expect(await records.get(key)).toEqual({ ...item, version: 1 });
      });

      it("is replaced whole, one version up", async () => {
        await records.put({ key, data: { a: 1, b: 2 }, expiresAt: started / 1000 + 60 });
        await records.put({ key, data: { a: 3 } });
        expect(await records.get(key)).toEqual({ key, data: { a: 3 }, version: 2 });
      });

      it("is nobody else's to change", async () => {
        const data = { list: [1] };
        const written = await records.put({ key, data });
        data.list.push(2);
        (written.data["list"] as number[]).push(3);
        const read = await records.get(key);
        (read?.data["list"] as number[]).push(4);
        expect((await records.get(key))?.data).toEqual({ list: [1] });
      });

      it("begins anew after its deletion", async () => {
        await records.put({ key, data: { a: 1 } });
        await records.put({ key, data: { a: 2 } });
        await records.delete(key);
        expect(await records.get(key)).toBeUndefined();
        expect(await records.put({ key, data: { a: 3 } })).toMatchObject({ version: 1 });
      });

      it("may be deleted without being there", async () => {
        await records.delete(key);
        expect(await records.get(key)).toBeUndefined();
      });

      it("is told apart by both parts of its key", async () => {
        const keys = [
          { partition: "a", sort: "b" },
          { partition: "a#b", sort: "c" },
          { partition: "a", sort: "b#c" },
          { partition: "b", sort: "a" },
        ];
        for (const [number, each] of keys.entries()) {
          await records.put({ key: each, data: { number } });
        }
        for (const [number, each] of keys.entries()) {
          expect((await records.get(each))?.data).toEqual({ number });
        }
      });

      it.each(AWKWARD_KEYS)("may have the key %j", async (text) => {
        for (const each of [
          { partition: text, sort: "s" },
          { partition: "p", sort: text },
        ]) {
          await records.put({ key: each, data: { text } });
          expect(await records.get(each)).toEqual({ key: each, data: { text }, version: 1 });
          expect((await records.query({ partition: each.partition })).items).toHaveLength(1);
        }
      });

      it("may have keys as long as a table takes, and long keys that differ at their end", async () => {
        const partition = "ä".repeat(1024);
        const sorts = [`${"k".repeat(1023)}a`, `${"k".repeat(1023)}b`];
        for (const sort of sorts) await records.put({ key: { partition, sort }, data: { sort } });
        for (const sort of sorts) {
          expect((await records.get({ partition, sort }))?.data).toEqual({ sort });
        }
        expect(sortsOf(await collect({ partition, prefix: "k".repeat(1000) }))).toEqual(sorts);
      });

      it.each([
        ["an empty partition", { partition: "", sort: "s" }],
        ["an empty sort key", { partition: "p", sort: "" }],
        ["a partition over 2048 bytes", { partition: "p".repeat(2049), sort: "s" }],
        ["a sort key over 1024 bytes", { partition: "p", sort: "ä".repeat(513) }],
        ["half a character", { partition: "p", sort: "\ud83c" }],
      ])("may not have %s", async (_case, bad) => {
        await expect(records.get(bad)).rejects.toThrow(RangeError);
        await expect(records.delete(bad)).rejects.toThrow(RangeError);
        await expect(records.put({ key: bad, data: {} })).rejects.toThrow(RangeError);
        const indexed = { key, data: {}, indexes: { i: bad } };
        await expect(records.put(indexed)).rejects.toThrow(RangeError);
        expect(await records.get(key)).toBeUndefined();
      });

      it("may not be larger than a table takes", async () => {
        const fits = { text: "x".repeat(MAX_RECORD_BYTES - 20) };
        await records.put({ key, data: fits });
        const large = { text: "x".repeat(MAX_RECORD_BYTES) };
        await expect(records.put({ key, data: large })).rejects.toThrow(RangeError);
        expect((await records.get(key))?.data).toEqual(fits);
      });
    });

    describe("a condition", () => {
      it("lets only the first of two writers make an item", async () => {
        await records.put({ key, data: { by: "first" } }, { absent: true });
        await expect(
          records.put({ key, data: { by: "second" } }, { absent: true }),
        ).rejects.toMatchObject({
          name: "ConditionFailed",
          standing: { key, data: { by: "first" }, version: 1 },
        });
        expect((await records.get(key))?.data).toEqual({ by: "first" });
      });

      it("lets nobody write over a version that he has not seen", async () => {
        await records.put({ key, data: { n: 1 } });
        await records.put({ key, data: { n: 2 } }, { version: 1 });
        const late = records.put({ key, data: { n: 3 } }, { version: 1 });
        await expect(late).rejects.toMatchObject({
          name: "ConditionFailed",
          standing: { version: 2 },
        });
        expect((await records.get(key))?.data).toEqual({ n: 2 });
      });

      it("fails where nothing stands, and says so", async () => {
        const write = records.put({ key, data: {} }, { version: 1 });
        await expect(write).rejects.toMatchObject({
          name: "ConditionFailed",
          standing: undefined,
        });
        expect(await records.get(key)).toBeUndefined();
      });

      it("holds for deletions", async () => {
        await records.put({ key, data: {} });
        await records.put({ key, data: {} });
        await expect(records.delete(key, { version: 1 })).rejects.toMatchObject({
          name: "ConditionFailed",
        });
        expect(await records.get(key)).toBeDefined();
        await records.delete(key, { version: 2 });
        expect(await records.get(key)).toBeUndefined();
        await expect(records.delete(key, { version: 2 })).rejects.toMatchObject({
          name: "ConditionFailed",
        });
      });

      it("lets exactly one of many writers win at once", async () => {
        for (let round = 0; round < 5; round++) {
          const condition = round === 0 ? ({ absent: true } as const) : { version: round };
          const writes = await Promise.allSettled(
            Array.from({ length: 20 }, (_, by) =>
              records.put({ key, data: { round, by } }, condition),
            ),
          );
          const won = writes.flatMap(({ status }, by) => (status === "fulfilled" ? [by] : []));
          expect(won).toHaveLength(1);
          expect(await records.get(key)).toEqual({
            key,
            data: { round, by: won[0] },
            version: round + 1,
          });
        }
      });

      it("loses no update of those who read, change and try again", async () => {
        const increment = async (): Promise<void> => {
          for (;;) {
            const item = await records.get(key);
            const count = Number(item?.data["count"] ?? 0) + 1;
            const condition = item ? { version: item.version } : ({ absent: true } as const);
            try {
              await records.put({ key, data: { count } }, condition);
              return;
            } catch (error) {
              expect(error).toMatchObject({ name: "ConditionFailed" });
            }
          }
        };
        await Promise.all(Array.from({ length: 25 }, increment));
        expect(await records.get(key)).toEqual({ key, data: { count: 25 }, version: 25 });
      });

      it("counts every write without one", async () => {
        await Promise.all(
          Array.from({ length: 20 }, (_, by) => records.put({ key, data: { by } })),
        );
        expect((await records.get(key))?.version).toBe(20);
      });
    });

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
