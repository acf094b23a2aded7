/**
 * A process that runs the agent of ten turns over files: `node agent-process.ts FOLDER RESUME`. Writes
 * a dot for each call of a port, a model or a tool, and at its end the outcome, as a line of JSON.
 */
import { appendFileSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ignore } from "../../../lib/local/ports/durable-file.ts";
import { openPorts, systemClock } from "../../../lib/local/ports/index.ts";
import type { AgentResume } from "../../../lib/runtime/agent/agent-call.ts";
import { enter, scene } from "./agent-scene.ts";
import { CALL, DOCUMENT, tenTurns, tenTurnsTools } from "./ten-turns.ts";

const [folder = "", resume = "null"] = process.argv.slice(2);
const ports = { ...openPorts(folder), clock: systemClock };
const effects = join(folder, "effects.txt");

/** Sees each call come. */
function counted<T extends object>(target: T): T {
  return new Proxy(target, {
    get(of, name) {
      const member: unknown = Reflect.get(of, name);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        // At once, not when there is time: the parent kills by the number of dots.
        writeSync(1, ".");
        return Reflect.apply(member, of, given) as unknown;
      };
    },
  });
}

const press = (key: string, text: string) => {
  let done = "";
  try {
    done = readFileSync(effects, "utf8");
  } catch (error) {
    ignore("ENOENT")(error);
  }
  if (!done.includes(key)) appendFileSync(effects, `${key} ${text}\n`);
};

const seen = { ...ports, artifacts: counted(ports.artifacts), records: counted(ports.records) };
const outcome = await enter(
  scene({
    document: DOCUMENT,
    call: CALL,
    ports: seen,
    model: counted(tenTurns(() => undefined)),
    tools: counted(tenTurnsTools(press, `process-${process.pid}`, seen)),
  }),
  JSON.parse(resume) as AgentResume | null,
);
writeSync(1, `\n${JSON.stringify(outcome)}\n`);
