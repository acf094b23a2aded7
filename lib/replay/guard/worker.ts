/**
 * What runs in the thread of a replay: step code of one bundle, in a guarded world, one call at a time.
 * Bundled when it is first needed, as the local runtime's workers are: it starts without a loader.
 */
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { parentPort } from "node:worker_threads";
import { readAll } from "../../runtime/artifact-handle.ts";
import { ArtifactNotFound } from "../../runtime/errors.ts";
import { invokeStep, type StepPorts } from "../../runtime/invoke-step.ts";
import { isStepDefinition, type StepDefinition } from "../../runtime/step-definition.ts";
import { installGuard } from "./guard.ts";
import type { FromGuard, GuardedAnswer, GuardedCall, Source, ToGuard } from "./protocol.ts";
import { type Ran, runTurned } from "./turned-runs.ts";

const port = parentPort;
if (port === null) throw new Error("This file runs in a worker thread.");
const Now = Date;
const hash = createHash;
const world = installGuard();
const send = (message: FromGuard) => port.postMessage(message);

const asked = new Map<number, (bytes: Uint8Array | null) => void>();
/** Bytes of files and artifacts, by kind and name: neither ever changes. */
const known = new Map<string, Promise<Uint8Array | null>>();
/** What has been asked for in this turn of the event loop, and is given in the next. */
let waiting: (() => void)[] = [];

function ask(type: "file" | "artifact", name: string): Promise<Uint8Array | null> {
  const key = `${type} ${name}`;
  const found =
    known.get(key) ??
    new Promise<Uint8Array | null>((resolve) => {
      asked.set(asked.size, resolve);
      const number = asked.size - 1;
      send(
        type === "file" ? { type, ask: number, path: name } : { type, ask: number, digest: name },
      );
    });
  known.set(key, found);
  world.use("order", `the order in which ${type}s are read`);
  return inOrder(found);
}

/** As on a disk or a network, what is asked for at once comes in an order that nobody promises. */
function inOrder<T>(value: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) {
      setImmediate(() => {
        const given = world.isTurned("order") ? waiting.reverse() : waiting;
        waiting = [];
        let before = Promise.resolve();
        for (const give of given) {
          before = before.then(give).then(() => new Promise((next) => setImmediate(next)));
        }
      });
    }
    waiting.push(() => {
      value.then(resolve, reject);
    });
  });
}

const ports: Omit<StepPorts, "clock"> = {
  artifacts: {
    async put(body, { mediaType, name }) {
      const bytes = Buffer.from(body instanceof Uint8Array ? body : await readAll(body));
      const digest = `sha256:${hash("sha256").update(bytes).digest("hex")}`;
      known.set(`artifact ${digest}`, Promise.resolve(bytes));
      send({ type: "stored", bytes });
      const size = bytes.byteLength;
      return { $artifact: digest, bytes: size, mediaType, ...(name !== undefined && { name }) };
    },
    async *open(digest) {
      const bytes = await ask("artifact", digest);
      if (bytes === null) throw new ArtifactNotFound(`There is no artifact ${digest}.`);
      yield Buffer.from(bytes);
    },
    async stat(digest) {
      const bytes = await ask("artifact", digest);
      return bytes === null ? undefined : { bytes: bytes.byteLength };
    },
  },
  // Only effects keep records, and none is run here.
  records: new Proxy({} as StepPorts["records"], {
    get: () => () => Promise.reject(new Error("a replay keeps no records")),
  }),
};

type Run = (call: GuardedCall) => Promise<unknown>;
const loaded = new Map<string, Promise<Run>>();

async function load(file: string): Promise<Run> {
  const module = (await import(pathToFileURL(file).href)) as {
    readonly default?: unknown;
    readonly handler?: unknown;
  };
  const { default: definition, handler } = module;
  if (isStepDefinition(definition)) {
    const guarded = guard(definition);
    return ({ payload, now, timeout }) =>
      invokeStep(
        guarded,
        payload,
        { ...ports, clock: { now: () => new Now(now) } },
        {
          effect: "none",
          deadline: new Now(now + timeout * 1000),
          readFile: async (path) => (await ask("file", path)) ?? undefined,
          writeLine: () => undefined,
        },
      );
  }
  if (typeof handler !== "function") throw new Error(`${file} exports no step and no handler.`);
  const plain = handler as (event: unknown, context: object) => unknown;
  return ({ payload }) => watched(() => plain(payload, {}));
}

function guard(definition: StepDefinition): StepDefinition {
  const { run, parseInput, parseOutput } = definition;
  return {
    ...definition,
    run: (value, context) => watched(() => run.call(definition, value, context)),
    parseInput: (value, artifacts) => watched(() => parseInput.call(definition, value, artifacts)),
    parseOutput: (value, artifacts) =>
      watched(() => parseOutput.call(definition, value, artifacts)),
  };
}

async function watched<T>(work: () => T | Promise<T>): Promise<T> {
  world.active = true;
  try {
    return await work();
  } finally {
    world.active = false;
  }
}

async function once(run: Run, call: GuardedCall, turned: ReadonlySet<Source>): Promise<Ran> {
  world.begin(call.now, turned);
  let answer: GuardedAnswer;
  try {
    // Each run has an input of its own: code may change what it is given.
    const result = await run({ ...call, payload: structuredClone(call.payload) });
    answer = { output: (JSON.stringify(result) as string | undefined) ?? "null" };
  } catch (thrown) {
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    answer = { error: name, message };
  }
  return { answer, uses: world.end() };
}

port.on("message", (message: ToGuard) => {
  if (message.type === "bytes") {
    asked.get(message.ask)?.(message.bytes);
    return;
  }
  const { call, file } = message;
  void (async () => {
    const running = loaded.get(file) ?? load(file);
    loaded.set(file, running);
    const run = await running;
    send({ type: "result", call, ...(await runTurned((turned) => once(run, message, turned))) });
  })().catch((thrown: unknown) => {
    const { name, message: text } = thrown instanceof Error ? thrown : new Error(String(thrown));
    send({ type: "result", call, answer: { error: name, message: text }, uses: [], depends: [] });
  });
});
