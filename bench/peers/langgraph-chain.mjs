/** The chain that LangGraph runs, and runs again. */
import { join } from "node:path";

// Tracing would send every step to a service if the environment happens to configure one.
process.env.LANGSMITH_TRACING = "false";
process.env.LANGCHAIN_TRACING_V2 = "false";

/** What keeps the state between the nodes: `none`, `memory`, `sqlite` or `sqlite-fsync`. */
export async function openSaver(kind, folder) {
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

/** A graph of `steps` nodes in a row, each adding one to a number. */
export async function chain(steps, checkpointer) {
  const { Annotation, END, START, StateGraph } = await import("@langchain/langgraph");
  const graph = new StateGraph(Annotation.Root({ n: Annotation() }));
  for (let i = 0; i < steps; i++) graph.addNode(`s${i}`, (state) => ({ n: state.n + 1 }));
  graph.addEdge(START, "s0");
  for (let i = 1; i < steps; i++) graph.addEdge(`s${i - 1}`, `s${i}`);
  graph.addEdge(`s${steps - 1}`, END);
  return graph.compile(checkpointer === undefined ? {} : { checkpointer });
}
