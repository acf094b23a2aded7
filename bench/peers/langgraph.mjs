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
import { report, time } from "./report.mjs";

// Tracing would send every step to a service if the environment happens to configure one.
process.env.LANGSMITH_TRACING = "false";
process.env.LANGCHAIN_TRACING_V2 = "false";

async function openSaver(kind, folder) {
  if (kind === "none") return undefined;
  if (kind === "memory") {
    const { MemorySaver } = await import("@langchain/langgraph");
    return new MemorySaver();
  }
  const { SqliteSaver } = await import("@langchain/langgraph-checkpoint-sqlite");
  const saver = SqliteSaver.fromConnString(join(folder, "checkpoints.db"));
  saver.setup();
  // Otherwise as it ships. The level is set, since what SQLite makes of "WAL, nothing said" depends
  // on whether this connection or an earlier one has switched the file to WAL.
  saver.db.pragma(`synchronous = ${kind === "sqlite-fsync" ? "FULL" : "NORMAL"}`);
  return saver;
}

async function chain(steps, checkpointer) {
  const { Annotation, END, START, StateGraph } = await import("@langchain/langgraph");
  const graph = new StateGraph(Annotation.Root({ n: Annotation() }));
  for (let i = 0; i < steps; i++) graph.addNode(`s${i}`, (state) => ({ n: state.n + 1 }));
  graph.addEdge(START, "s0");
  for (let i = 1; i < steps; i++) graph.addEdge(`s${i - 1}`, `s${i}`);
  graph.addEdge(`s${steps - 1}`, END);
  return graph.compile(checkpointer === undefined ? {} : { checkpointer });
}

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
