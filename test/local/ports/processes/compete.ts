/**
 * Competes for one item: `compete.ts FOLDER NAME WRITERS`. Says "ready"; for each round given on its
 * input, all writers try to write version ROUND + 1 over version ROUND, and it says who has won.
 */
import { createInterface } from "node:readline";
import { FileRecords } from "../../../../lib/local/ports/index.ts";
import { ConditionFailed } from "../../../../lib/runtime/errors.ts";

const [folder = "", name = "", writers = "0"] = process.argv.slice(2);
const records = new FileRecords(folder);
const key = { partition: "race", sort: "item" };

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const round = Number(line);
  const condition = round === 0 ? ({ absent: true } as const) : { version: round };
  const writes = Array.from({ length: Number(writers) }, async (_, index) => {
    const by = `${name}.${index}`;
    try {
      await records.put({ key, data: { round, by } }, condition);
      return [by];
    } catch (error) {
      if (error instanceof ConditionFailed) return [];
      throw error;
    }
  });
  console.log(JSON.stringify((await Promise.all(writes)).flat()));
}
