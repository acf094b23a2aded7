/**
 * What runs in the worker thread of an agent, a model, knowledge, a memory or a prompt: code of the
 * kit with a document. Bundled once a process, when the first such function is called.
 */
import { serve, workerStart } from "../worker-loop.ts";
import { agentHandler } from "./agent-handler.ts";
import { memoryHandler, modelHandler, promptHandler, retrieveHandler } from "./step-handlers.ts";

await serve(async () => {
  const { work, ...start } = workerStart();
  switch (work.kind) {
    case "agent":
      return agentHandler({ ...start, work });
    case "model":
      return modelHandler({ ...start, work });
    case "retrieve":
      return retrieveHandler({ ...start, work });
    case "memory":
      return memoryHandler({ ...start, work });
    case "prompt":
      return promptHandler({ ...start, work });
    case "task":
    case "tool":
    case "mcp":
      throw new Error(`A function of the kind "${work.kind}" has a worker of its own.`);
    default:
      return work satisfies never;
  }
});
