/**
 * `write.ts FOLDER FIRST`: writes items and artifacts without end, numbered from FIRST, and prints
 * each number once both are acknowledged. Somebody kills it.
 */
import { openPorts } from "../../../../lib/local/ports/index.ts";

const [folder = "", first = "0"] = process.argv.slice(2);
const { artifacts, records } = openPorts(folder);

async function* body(number: number): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 20; piece++) yield Buffer.alloc(5000, `${number}.${piece} `);
}

async function write(number: number): Promise<void> {
  const text = "x".repeat((number * 997) % 50_000);
  const reference = await artifacts.put(body(number), { mediaType: "text/plain" });
  const key = { partition: `p${number % 7}`, sort: String(number).padStart(8, "0") };
  const indexes = { half: { partition: `h${number % 2}`, sort: key.sort } };
  await records.put({ key, data: { number, text, artifact: reference.$artifact }, indexes });
  // The second version replaces the first one: either may stand after the kill, but a whole one.
  await records.put({ key, data: { number, text, artifact: reference.$artifact }, indexes });
  process.stdout.write(`${number}\n`);
}

let next = Number(first);
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (;;) await write(next++);
  }),
);
