/**
 * What runs in the thread of a `CodeRunner`: step code of one bundle, in a guarded world. Bundled when it
 * is first needed, as the local runtime's workers are: it starts without a loader.
 */
import { parentPort } from "node:worker_threads";
import { GuardedCode, type Reach } from "./guarded-code.ts";
import type { FromGuard, ToGuard } from "./protocol.ts";

const port = parentPort;
if (port === null) throw new Error("This file runs in a worker thread.");
const send = (message: FromGuard) => port.postMessage(message);
const code = new GuardedCode();
const asked = new Map<number, (bytes: Uint8Array | null) => void>();
/** Bytes of files and artifacts, by kind and name: neither ever changes. */
const known = new Map<string, Promise<Uint8Array | null>>();

function ask(type: "file" | "artifact", name: string): Promise<Uint8Array | null> {
  const key = `${type} ${name}`;
  const found =
    known.get(key) ??
    new Promise<Uint8Array | null>((resolve) => {
      const number = asked.size;
      asked.set(number, resolve);
      send({ type, ask: number, name });
    });
  known.set(key, found);
  return found;
}

const reach: Reach = {
  file: (path) => ask("file", path),
  artifact: (digest) => ask("artifact", digest),
  async stored(bytes, digest) {
    known.set(`artifact ${digest}`, Promise.resolve(bytes));
    send({ type: "stored", bytes });
  },
};

port.on("message", (message: ToGuard) => {
  if (message.type === "bytes") {
    asked.get(message.ask)?.(message.bytes);
    return;
  }
  void code.run(message, reach).then((result) => send({ type: "result", ...result }));
});
