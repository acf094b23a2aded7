// Runs in a worker thread: imports compiled handlers, one after the other, and asks each for its
// contract. JavaScript, so that the thread starts without a TypeScript loader.
import { parentPort, workerData } from "node:worker_threads";

const STEP = Symbol.for("espalier.step");
const STAND_IN = Symbol.for("espalier.stand-in");

async function inspect(url) {
  let module;
  try {
    module = await import(url);
  } catch (error) {
    return { type: "threw", message: textOf(error) };
  }
  const definition = module.default;
  if (typeof definition === "object" && definition !== null && STAND_IN in definition) {
    return { type: "stand-in" };
  }
  if (typeof definition !== "object" || definition === null || !(STEP in definition)) {
    return { type: "no-step", found: definition === null ? "null" : typeof definition };
  }
  try {
    return { type: "contract", contract: JSON.parse(JSON.stringify(definition.contract())) };
  } catch (error) {
    return Array.isArray(error?.problems)
      ? {
          type: "no-contract",
          problems: error.problems.map(({ side, path, message }) => ({ side, path, message })),
        }
      : { type: "threw", message: textOf(error) };
  }
}

function textOf(error) {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return "an error that cannot be shown";
  }
}

for (const { entry, url } of workerData.handlers) {
  parentPort.postMessage({ type: "begin", entry });
  parentPort.postMessage({ entry, ...(await inspect(url)) });
}
parentPort.postMessage({ type: "end" });
// A handler's timers and sockets must not keep the thread.
process.exit(0);
