/**
 * Step code in a guarded world, one call at a time. It guards the whole thread that it is made in: make
 * one a thread, before any step code is loaded.
 */
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { readAll } from "../../runtime/artifact-handle.ts";
import { ArtifactNotFound } from "../../runtime/errors.ts";
import { invokeStep, type StepPorts } from "../../runtime/invoke-step.ts";
import type { Json } from "../../runtime/json.ts";
import { isStepDefinition, type StepDefinition } from "../../runtime/step-definition.ts";
import { installGuard } from "./guard.ts";
import type { CodeCall, CodeResult, GuardedAnswer, Source } from "./protocol.ts";
import { type Ran, runTurned } from "./turned-runs.ts";

/** Where code gets the bytes that it asks for by name, and leaves those that it stores. */
export interface Reach {
  readonly file: (path: string) => Promise<Uint8Array | null>;
  readonly artifact: (digest: string) => Promise<Uint8Array | null>;
  readonly stored: (bytes: Uint8Array, digest: string) => Promise<unknown>;
}

type Run = (call: CodeCall, reach: Reach) => Promise<unknown>;

const Now = Date;
const hash = createHash;

export class GuardedCode {
  readonly #world = installGuard();
  readonly #loaded = new Map<string, Promise<Run>>();
  /** What has been asked for in this turn of the event loop, and is given in the next. */
  #waiting: (() => void)[] = [];

  /** Never rejects: what the code throws, while it is loaded too, is its answer. */
  async run(call: CodeCall, reach: Reach): Promise<CodeResult> {
    const { file } = call;
    const loading = this.#loaded.get(file) ?? this.#load(file);
    this.#loaded.set(file, loading);
    // Each run has an input of its own: code may change what it is given.
    const text = JSON.stringify(call.payload);
    const copy = () => ({ ...call, payload: JSON.parse(text) as Json });
    try {
      const run = await loading;
      return await runTurned((turned) => this.#once(() => run(copy(), reach), call.now, turned));
    } catch (thrown) {
      return { answer: errorOf(thrown), uses: [], depends: [], files: [] };
    }
  }

  async #once(run: () => Promise<unknown>, now: number, turned: ReadonlySet<Source>): Promise<Ran> {
    this.#world.begin(now, turned);
    let answer: GuardedAnswer;
    try {
      answer = { output: (JSON.stringify(await run()) as string | undefined) ?? "null" };
    } catch (thrown) {
      answer = errorOf(thrown);
    }
    return { answer, uses: this.#world.end(), files: [...this.#world.files] };
  }

  async #load(file: string): Promise<Run> {
    const module = (await import(pathToFileURL(file).href)) as {
      readonly default?: unknown;
      readonly handler?: unknown;
    };
    const { default: definition, handler } = module;
    if (isStepDefinition(definition)) {
      const guarded = this.#guard(definition);
      return ({ payload, now, timeout }, reach) =>
        invokeStep(
          guarded,
          payload,
          { ...this.#ports(reach), clock: { now: () => new Now(now) } },
          {
            effect: "none",
            deadline: new Now(now + timeout * 1000),
            readFile: async (path) => {
              this.#world.files.add(path);
              return (await this.#inOrder(reach.file(path), "files")) ?? undefined;
            },
            writeLine: () => undefined,
          },
        );
    }
    if (typeof handler !== "function") throw new Error(`${file} exports no step and no handler.`);
    const plain = handler as (event: unknown, context: object) => unknown;
    return ({ payload }) => this.#watched(() => plain(payload, {}));
  }

  #ports(reach: Reach): Omit<StepPorts, "clock"> {
    const read = (digest: string) => this.#inOrder(reach.artifact(digest), "artifacts");
    return {
      artifacts: {
        async put(body, { mediaType, name }) {
          const bytes = Buffer.from(body instanceof Uint8Array ? body : await readAll(body));
          const digest = `sha256:${hash("sha256").update(bytes).digest("hex")}`;
          await reach.stored(bytes, digest);
          const size = bytes.byteLength;
          return { $artifact: digest, bytes: size, mediaType, ...(name !== undefined && { name }) };
        },
        async *open(digest) {
          const bytes = await read(digest);
          if (bytes === null) throw new ArtifactNotFound(`There is no artifact ${digest}.`);
          yield Buffer.from(bytes);
        },
        async stat(digest) {
          const bytes = await read(digest);
          return bytes === null ? undefined : { bytes: bytes.byteLength };
        },
      },
      records: NO_RECORDS,
    };
  }

  /** As on a disk or a network, what is asked for at once comes in an order that nobody promises. */
  #inOrder<T>(value: Promise<T>, what: string): Promise<T> {
    this.#world.use("order", `the order in which ${what} are read`);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) {
        setImmediate(() => {
          const given = this.#world.isTurned("order") ? this.#waiting.reverse() : this.#waiting;
          this.#waiting = [];
          let before = Promise.resolve();
          for (const give of given) {
            before = before.then(give).then(() => new Promise((next) => setImmediate(next)));
          }
        });
      }
      this.#waiting.push(() => {
        value.then(resolve, reject);
      });
    });
  }

  #guard(definition: StepDefinition): StepDefinition {
    const { run, parseInput, parseOutput } = definition;
    return {
      ...definition,
      run: (value, context) => this.#watched(() => run.call(definition, value, context)),
      parseInput: (value, artifacts) =>
        this.#watched(() => parseInput.call(definition, value, artifacts)),
      parseOutput: (value, artifacts) =>
        this.#watched(() => parseOutput.call(definition, value, artifacts)),
    };
  }

  async #watched<T>(work: () => T | Promise<T>): Promise<T> {
    this.#world.active = true;
    try {
      return await work();
    } finally {
      this.#world.active = false;
    }
  }
}

function errorOf(thrown: unknown): GuardedAnswer {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { error: name, message };
}

/** Only effects keep records, and none is run here. */
const NO_RECORDS = new Proxy({} as StepPorts["records"], {
  get: () => () => Promise.reject(new Error("a replay keeps no records")),
});
