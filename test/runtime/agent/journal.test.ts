import { describe, expect, it } from "vitest";
import { openJournal, readJournal } from "../../../lib/runtime/agent/journal.ts";
import type { JournalEntry } from "../../../lib/runtime/agent/journal-entry.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { memoryPorts } from "./agent-scene.ts";

const at = "2026-01-01T00:00:00.000Z";
const done = (artifact: Json): JournalEntry => ({ kind: "done", at, call: null, artifact });

describe("a journal", () => {
  it("gives back what was written, in order, however much it is", async () => {
    const ports = memoryPorts();
    const journal = await openJournal("k", ports);
    const entries = Array.from({ length: 450 }, (_, index) => done(index));
    await Promise.all(entries.map((entry) => journal.append(entry)));
    expect(await readJournal("k", ports)).toEqual(entries);
    expect((await openJournal("k", ports)).entries).toEqual(entries);
    expect(await readJournal("other", ports)).toEqual([]);
  });

  it("takes nothing in an entry for a reference to something stored", async () => {
    const ports = memoryPorts();
    const journal = await openJournal("k", ports);
    const entries = [
      done({ $stored: `sha256:${"0".repeat(64)}`, bytes: 3 }),
      done(JSON.parse('{"__proto__":{"a":1},"text":"x","stored":"y"}') as Json),
      done("large ".repeat(10_000)),
    ];
    for (const entry of entries) await journal.append(entry);
    expect(JSON.stringify(await readJournal("k", ports))).toBe(JSON.stringify(entries));
  });

  it("keeps large entries out of the table", async () => {
    const ports = memoryPorts();
    await (await openJournal("k", ports)).append(done("large ".repeat(100_000)));
    const { items } = await ports.records.query({ partition: "journal#k" });
    expect(JSON.stringify(items).length).toBeLessThan(1000);
  });

  it("stops whoever comes second at the same place, for good", async () => {
    const ports = memoryPorts();
    const first = await openJournal("k", ports, "first");
    const second = await openJournal("k", ports, "second");
    await second.append(done(1));
    await expect(first.append(done(2))).rejects.toMatchObject({ name: "Step.InProgress" });
    await expect(first.append(done(3))).rejects.toMatchObject({ name: "Step.InProgress" });
    await second.append(done(4));
    expect(await readJournal("k", ports)).toEqual([done(1), done(4)]);
  });

  it("writes nothing behind an entry that was not written", async () => {
    const ports = memoryPorts();
    let writes = 0;
    const failing = {
      ...ports,
      records: {
        ...ports.records,
        put: async (...given: Parameters<typeof ports.records.put>) => {
          writes += 1;
          if (writes === 2) throw new Error("no network");
          return ports.records.put(...given);
        },
      },
    };
    const journal = await openJournal("k", failing);
    const results = await Promise.allSettled([1, 2, 3].map((n) => journal.append(done(n))));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await readJournal("k", ports)).toEqual([done(1)]);
  });

  it("knows its own entry again where the answer to the write was lost", async () => {
    const ports = memoryPorts();
    const twice = {
      ...ports,
      records: {
        ...ports.records,
        put: async (...given: Parameters<typeof ports.records.put>) => {
          await ports.records.put(...given);
          return ports.records.put(...given);
        },
      },
    };
    const journal = await openJournal("k", twice);
    await journal.append(done(1));
    await journal.append(done(2));
    expect(await readJournal("k", ports)).toEqual([done(1), done(2)]);
  });
});
