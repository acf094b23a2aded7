/**
 * LangGraph: `runs` runs at once through a graph of `steps` nodes in a row, each adding one to a
 * number, `repeat` times over. `saver` says what keeps the state between the nodes.
 *
 * `sync` is the durability mode that its documentation names for the highest durability: a
 * checkpoint is written before the next node starts.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chain, openSaver } from "./langgraph-chain.mjs";
import { report, time } from "./report.mjs";

await report(async ({ saver: kind, steps, runs, repeat, warmup }) => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-"));
  try {
    const saver = await openSaver(kind, folder);
    const app = await chain(steps, saver);
    let thread = 0;
    const run = async () => {
      const result = await app.invoke(
        { n: 0 },
        {
          configurable: { thread_id: `t${thread++}` },
          recursionLimit: steps + 10,
          ...(saver === undefined ? {} : { durability: "sync" }),
        },
      );
      if (result.n !== steps) throw new Error(`a run ended with ${result.n}, not ${steps}`);
    };
    const batch = () => Promise.all(Array.from({ length: runs }, run));
    for (let i = 0; i < warmup; i++) await run();
    const ms = await time(async () => {
      for (let i = 0; i < repeat; i++) await batch();
    });
    return { value: (steps * runs * repeat) / (ms / 1000), ms };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
