import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock, RecordItem, RecordQuery, Records } from "../../lib/runtime/ports.ts";
import { MAX_RECORD_BYTES } from "../../lib/runtime/record-rules.ts";
import type { Adapter } from "./adapter.ts";
import { AWKWARD_KEYS } from "./awkward-keys.ts";
import { describeRecordQueries } from "./describe-record-queries.ts";
import { readAllPages, sortsOf } from "./read-all-pages.ts";

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
    const collect = (query: RecordQuery) => readAllPages(records, query);

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
        const listOf = (item: RecordItem | undefined) => item?.data.list as number[] | undefined;
        const data = { list: [1] };
        const written = await records.put({ key, data });
        data.list.push(2);
        listOf(written)?.push(3);
        listOf(await records.get(key))?.push(4);
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

      it("goes with many others at once, and is not missed", async () => {
        const keys = Array.from({ length: 60 }, (_, n) => ({
          partition: `p${n % 3}`,
          sort: `s${n}`,
        }));
        for (const each of keys) {
          await records.put({
            key: each,
            data: {},
            indexes: { status: { partition: "i", sort: each.sort } },
          });
        }
        await records.deleteAll([...keys.slice(1), ...keys.slice(1, 9), key]);
        expect(await records.get({ partition: "p0", sort: "s0" })).toBeDefined();
        expect(sortsOf(await collect({ index: "status", partition: "i" }))).toEqual(["s0"]);
        await records.deleteAll(keys.slice(0, 1));
        await records.deleteAll([]);
        for (const each of keys) expect(await records.get(each)).toBeUndefined();
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
        await expect(records.deleteAll([key, bad])).rejects.toThrow(RangeError);
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
            const count = Number(item?.data.count ?? 0) + 1;
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
  });
  describeRecordQueries(name, make);
}
