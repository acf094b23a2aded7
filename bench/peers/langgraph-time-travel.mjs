/**
 * LangGraph's time travel: a graph of `steps` nodes in a row has run once with a checkpointer; then it is
 * run again from the first checkpoint of its history, which runs every node again and writes a fork.
 * https://docs.langchain.com/oss/javascript/langgraph/use-time-travel
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chain, openSaver } from "./langgraph-chain.mjs";
import { report, time } from "./report.mjs";

await report(async ({ saver: kind, steps, replays, warmup }) => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-"));
  try {
    const app = await chain(steps, await openSaver(kind, folder));
    const limits = { recursionLimit: steps + 10 };
    let thread = 0;
    /** A recorded run, and where it can be run again from. Forks would pile up in one thread. */
    const record = async () => {
      const configurable = { thread_id: `t${thread++}` };
      await app.invoke({ n: 0 }, { configurable, ...limits });
      let first;
      for await (const { config, next } of app.getStateHistory({ configurable })) {
        if (next[0] === "s0") first = config;
      }
      return first;
    };
    const replay = async (from) => {
      const result = await app.invoke(null, { ...from, ...limits });
      if (result.n !== steps) throw new Error(`a replay ended with ${result.n}, not ${steps}`);
    };
    const recorded = async (count) => {
      const all = [];
      for (let i = 0; i < count; i++) all.push(await record());
      return all;
    };
    for (const from of await recorded(warmup)) await replay(from);
    const runs = await recorded(replays);
    const before = process.cpuUsage();
    const ms = await time(async () => {
      for (const from of runs) await replay(from);
    });
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / 1000 / replays;
    return {
      value: (1000 * replays) / ms,
      ms,
      parts: [{ name: "cpu of one replay", value: cpu, unit: "ms" }],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
