import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileRecords, openPorts, tidyPorts } from "../../../lib/local/ports/index.ts";
import { readAll } from "../../../lib/runtime/artifact-handle.ts";
import type { RecordItem, RecordQuery, Records } from "../../../lib/runtime/ports.ts";
import { startChild } from "./processes/start.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-ports-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function all(records: Records, query: RecordQuery): Promise<RecordItem[]> {
  const items: RecordItem[] = [];
  for (let after: string | undefined; ; ) {
    const page = await records.query({
      ...query,
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    items.push(...page.items);
    if (page.next === undefined) return items;
    after = page.next;
  }
}

describe("records on files, written by several processes", () => {
  it("let exactly one of 100 writers win each round", async () => {
    const children = ["a", "b", "c", "d"].map((name) =>
      startChild("compete.ts", folder, name, "25"),
    );
    const inputs = children.map(({ lines }) => lines[Symbol.asyncIterator]());
    const hear = () => Promise.all(inputs.map(async (input) => String((await input.next()).value)));
    expect(await hear()).toEqual(["ready", "ready", "ready", "ready"]);
    const records = new FileRecords(folder);
    for (let round = 0; round < 10; round++) {
      for (const child of children) child.say(String(round));
      const winners = (await hear()).flatMap((line) => JSON.parse(line) as string[]);
      expect(winners).toHaveLength(1);
      const item = await records.get({ partition: "race", sort: "item" });
      expect(item).toMatchObject({ data: { round, by: winners[0] }, version: round + 1 });
    }
    for (const { process } of children) process.stdin?.end();
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  });

  it("lose no update, and keep one index entry and few old versions", async () => {
    const children = [1, 2, 3].map(() => startChild("count.ts", folder, "20", "3"));
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const records = new FileRecords(folder);
    const item = await records.get({ partition: "sum", sort: "item" });
    expect(item).toMatchObject({ data: { count: 180 }, version: 180 });
    expect(await all(records, { index: "by", partition: "count" })).toEqual([item]);
    // Losers have taken their entries back, and winners those of the versions that they replaced.
    const entries = await readdir(join(folder, "index", "by", "count"));
    expect(entries).toHaveLength(1);
  });
});

describe("ports on files, when a writer is killed", () => {
  it("keep everything acknowledged, whole, and nothing half", async () => {
    const acknowledged = new Set<number>();
    for (let kill = 0; kill < 6; kill++) {
      const child = startChild("write.ts", folder, String(kill * 100_000));
      const heard = (async () => {
        for await (const line of child.lines) acknowledged.add(Number(line));
      })();
      // Not before it has written something, and then at some moment.
      const before = acknowledged.size;
      while (acknowledged.size === before) await sleep(5);
      await sleep(20 + kill * 23);
      child.process.kill("SIGKILL");
      expect(await child.ended).toBe("SIGKILL");
      await heard;
    }
    await tidyPorts(folder);
    const { artifacts, records } = openPorts(folder);
    const partitions = await Promise.all(
      Array.from({ length: 7 }, (_, n) => all(records, { partition: `p${n}` })),
    );
    const items = partitions.flat();
    const found = new Map(items.map((item) => [Number(item.data.number), item]));
    expect([...acknowledged].filter((number) => !found.has(number))).toEqual([]);
    for (const number of acknowledged) expect(found.get(number)?.version).toBe(2);
    for (const [number, { data }] of found) {
      expect(String(data.text)).toHaveLength((number * 997) % 50_000);
      expect(await readAll(artifacts.open(String(data.artifact)))).toHaveLength(100_000);
    }
    const halves = await Promise.all(
      ["h0", "h1"].map((partition) => all(records, { index: "half", partition })),
    );
    const sorts = (list: RecordItem[]) => list.map(({ key }) => key.sort).sort();
    expect(sorts(halves.flat())).toEqual(sorts(items));
    // And they can be written on.
    const [any] = items;
    if (any) await records.put({ key: any.key, data: {} }, { version: any.version });
  });
});
