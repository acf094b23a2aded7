import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { memoryRecords } from "../../lib/local/ports/memory.ts";
import {
  type AuditEntry,
  appendAudit,
  auditDigestOf,
  auditSortOf,
  readAudit,
} from "../../lib/runtime/audit.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";
import type { RecordItem, Records } from "../../lib/runtime/ports.ts";
import { verifyAudit } from "../../lib/runtime/verify-audit.ts";

const STREAM = "run-1";
const clock = { now: () => new Date("2026-03-01T12:00:00Z") };
const partition = `audit#${STREAM}`;

let records: Records;
beforeEach(() => {
  records = memoryRecords();
});

const append = (data: JsonObject = {}, stream = STREAM, over = records) =>
  appendAudit(stream, { actor: "ada@example.com", event: "test", data }, { records: over, clock });
const verify = (anchor?: { number: number; digest: string }) =>
  verifyAudit(STREAM, { records }, anchor ? { anchor } : {});

async function fill(count: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (let n = 1; n <= count; n++) entries.push(await append({ n }));
  return entries;
}

const keyOf = (number: number) => ({ partition, sort: auditSortOf(number) });
const write = (number: number, entry: Partial<AuditEntry>) =>
  records.put({ key: keyOf(number), data: { ...entry } as JsonObject });
const at = async (number: number): Promise<AuditEntry> => {
  const item = (await records.get(keyOf(number))) as RecordItem;
  return item.data as unknown as AuditEntry;
};
/** What somebody does who knows how entries are made. */
const forge = (entry: AuditEntry): AuditEntry => ({ ...entry, digest: auditDigestOf(entry) });

describe("an audit stream", () => {
  it("chains each entry to the one before", async () => {
    const [first, second] = await fill(2);
    expect(first).toEqual({
      stream: STREAM,
      number: 1,
      at: "2026-03-01T12:00:00.000Z",
      actor: "ada@example.com",
      event: "test",
      data: { n: 1 },
      previous: null,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(second).toMatchObject({ number: 2, previous: first?.digest });
    expect(await verify()).toEqual({
      stream: STREAM,
      entries: 2,
      problems: [],
      last: { number: 2, digest: second?.digest },
    });
  });

  it("is intact when nothing was ever written", async () => {
    expect(await verify()).toMatchObject({ entries: 0, problems: [], last: null });
  });

  it("is read in pages, forwards and backwards", async () => {
    await fill(5);
    const first = await readAudit(STREAM, { records }, { limit: 3 });
    expect(first.entries.map(({ number }) => number)).toEqual([1, 2, 3]);
    const rest = await readAudit(STREAM, { records }, { limit: 3, after: first.next ?? "" });
    expect(rest.entries.map(({ number }) => number)).toEqual([4, 5]);
    expect(rest.next).toBeUndefined();
    const last = await readAudit(STREAM, { records }, { order: "descending", limit: 2 });
    expect(last.entries.map(({ number }) => number)).toEqual([5, 4]);
  });

  it("gives 40 writers at once a number each, without a gap", async () => {
    const entries = await Promise.all(Array.from({ length: 40 }, (_, n) => append({ n })));
    expect(entries.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, n) => n + 1),
    );
    expect(await verify()).toMatchObject({ entries: 40, problems: [] });
  });

  it("holds the data as it was, whatever the caller does with it afterwards", async () => {
    const data = { list: [1] };
    await append(data);
    data.list.push(2);
    expect((await at(1)).data).toEqual({ list: [1] });
    expect((await verify()).problems).toEqual([]);
  });

  it("goes on when its writer died before the head moved", async () => {
    const dying: Records = {
      ...records,
      put: (item, condition) =>
        item.key.sort === "head"
          ? Promise.reject(new Error("killed"))
          : records.put(item, condition),
    };
    await append({ n: 1 });
    await expect(append({ n: 2 }, STREAM, dying)).rejects.toThrow("killed");
    expect(await verify()).toMatchObject({ entries: 2, problems: [] });
    await append({ n: 3 });
    expect(await verify()).toMatchObject({ entries: 3, problems: [] });
  });
});

interface Tampering {
  readonly how: string;
  readonly problems: readonly { readonly number: number; readonly kind: string }[];
  readonly tamper: () => Promise<unknown>;
}

/** On a stream of six entries. */
const TAMPERINGS: readonly Tampering[] = [
  {
    how: "another actor in entry 3",
    problems: [{ number: 3, kind: "changed" }],
    tamper: async () => write(3, { ...(await at(3)), actor: "eve@example.com" }),
  },
  {
    how: "other data in entry 3, with its digest made anew",
    problems: [{ number: 4, kind: "unlinked" }],
    tamper: async () => write(3, forge({ ...(await at(3)), data: { n: 30 } })),
  },
  {
    how: "other data in the last entry, with its digest made anew",
    problems: [{ number: 6, kind: "changed" }],
    tamper: async () => write(6, forge({ ...(await at(6)), data: { n: 60 } })),
  },
  {
    how: "another time in the first entry",
    problems: [{ number: 1, kind: "changed" }],
    tamper: async () => write(1, { ...(await at(1)), at: "2025-01-01T00:00:00.000Z" }),
  },
  {
    how: "entry 2 removed",
    problems: [{ number: 2, kind: "removed" }],
    tamper: () => records.delete(keyOf(2)),
  },
  {
    how: "the first entry removed",
    problems: [{ number: 1, kind: "removed" }],
    tamper: () => records.delete(keyOf(1)),
  },
  {
    how: "the last entry removed",
    problems: [{ number: 6, kind: "removed" }],
    tamper: () => records.delete(keyOf(6)),
  },
  {
    how: "entry 2 removed, and the next ones moved up in its place",
    problems: [{ number: 2, kind: "moved" }],
    tamper: async () => {
      for (const number of [2, 3, 4, 5]) await write(number, await at(number + 1));
      await records.delete(keyOf(6));
    },
  },
  {
    how: "entry 2 removed, and the next ones numbered anew",
    problems: [{ number: 2, kind: "unlinked" }],
    tamper: async () => {
      for (const number of [2, 3, 4, 5]) {
        await write(number, forge({ ...(await at(number + 1)), number }));
      }
      await records.delete(keyOf(6));
    },
  },
  {
    how: "entries 3 and 4 exchanged",
    problems: [
      { number: 3, kind: "moved" },
      { number: 4, kind: "moved" },
    ],
    tamper: async () => {
      const [third, fourth] = [await at(3), await at(4)];
      await write(3, fourth);
      await write(4, third);
    },
  },
  {
    how: "an entry of another stream in place of entry 3",
    problems: [{ number: 3, kind: "moved" }],
    tamper: async () => {
      const other = await append({ n: 3 }, "run-2");
      await write(3, { ...other, number: 3 });
    },
  },
  {
    how: "an entry added behind the last one, not linked to it",
    problems: [{ number: 7, kind: "unlinked" }],
    tamper: async () => write(7, forge({ ...(await at(6)), number: 7, previous: null })),
  },
  {
    how: "something between the entries that is none",
    problems: [{ number: 4, kind: "inserted" }],
    tamper: () => records.put({ key: { partition, sort: "000000000003x" }, data: { n: 3 } }),
  },
  {
    how: "a field added to entry 5",
    problems: [{ number: 5, kind: "inserted" }],
    tamper: async () => records.put({ key: keyOf(5), data: { ...(await at(5)), more: 1 } }),
  },
];

describe("verifyAudit", () => {
  it.each(TAMPERINGS)("finds $how", async ({ tamper, problems }) => {
    await fill(6);
    await tamper();
    const found = (await verify()).problems;
    expect(found.slice(0, problems.length)).toMatchObject(problems);
  });

  it("finds removed last entries also after others were written in their place", async () => {
    await fill(6);
    await records.delete(keyOf(5));
    await records.delete(keyOf(6));
    for (let n = 0; n < 4; n++) await append({ n: 100 + n });
    expect((await verify()).problems).toMatchObject([{ number: 6, kind: "changed" }]);
  });

  it("finds a whole stream rewritten, head and all, by an entry that was kept elsewhere", async () => {
    const [, second] = await fill(3);
    const anchor = { number: 2, digest: second?.digest ?? "" };
    expect((await verify(anchor)).problems).toEqual([]);
    records = memoryRecords();
    for (let n = 1; n <= 3; n++) await append({ n: n * 10 });
    expect((await verify()).problems).toEqual([]);
    expect((await verify(anchor)).problems).toMatchObject([{ number: 2, kind: "changed" }]);
  });

  it("finds any change of any field of any entry", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.constantFrom("actor", "event", "at", "data", "previous", "digest", "number", "stream"),
        async (all, choice, field) => {
          records = memoryRecords();
          for (const data of all) await append(data as JsonObject);
          expect((await verify()).problems).toEqual([]);
          const number = (choice % all.length) + 1;
          const entry = await at(number);
          const other = {
            actor: `${entry.actor}x`,
            event: `${entry.event}x`,
            at: "2020-01-01T00:00:00.000Z",
            data: { ...entry.data, "?": "changed" },
            previous: entry.previous === null ? `sha256:${"0".repeat(64)}` : null,
            digest: `sha256:${"f".repeat(64)}`,
            number: entry.number + 1,
            stream: `${entry.stream}x`,
          };
          await write(number, { ...entry, [field]: other[field] });
          expect((await verify()).problems[0]).toMatchObject({ number });
        },
      ),
      { numRuns: 200 },
    );
  });

  it("finds any entry that is gone, and any two that are exchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.nat(), fc.nat(), async (size, a, b) => {
        records = memoryRecords();
        await fill(size);
        const [one, two] = [(a % size) + 1, (b % size) + 1];
        const [first, second] = [await at(one), await at(two)];
        if (one === two) await records.delete(keyOf(one));
        else {
          await write(one, second);
          await write(two, first);
        }
        expect((await verify()).problems[0]?.number).toBe(Math.min(one, two));
      }),
      { numRuns: 100 },
    );
  });
});
