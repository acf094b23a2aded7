/** `count.ts FOLDER TIMES WRITERS`: each writer adds 1 to one number so often, by read and conditional write. */
import { FileRecords } from "../../../../lib/local/ports/index.ts";
import { ConditionFailed } from "../../../../lib/runtime/errors.ts";

const [folder = "", times = "0", writers = "0"] = process.argv.slice(2);
const records = new FileRecords(folder);
const key = { partition: "sum", sort: "item" };

async function add(): Promise<void> {
  for (;;) {
    const item = await records.get(key);
    const count = Number(item?.data.count ?? 0) + 1;
    try {
      await records.put(
        { key, data: { count }, indexes: { by: { partition: "count", sort: String(count) } } },
        item ? { version: item.version } : { absent: true },
      );
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

await Promise.all(
  Array.from({ length: Number(writers) }, async () => {
    for (let done = 0; done < Number(times); done++) await add();
  }),
);
