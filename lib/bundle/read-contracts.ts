/** Asks compiled handlers for their contracts, in a thread that they can do no harm from. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { CompiledCode, HandlerContract } from "./bundle.ts";

export type Inspected =
  | { readonly type: "contract"; readonly contract: HandlerContract }
  | { readonly type: "no-contract"; readonly problems: readonly ContractProblem[] }
  | { readonly type: "stand-in" }
  | { readonly type: "no-step"; readonly found: string }
  | { readonly type: "threw"; readonly message: string };

export interface ContractProblem {
  readonly side: "input" | "output";
  /** Place in the contract: `.packages[].seen`. */
  readonly path: string;
  readonly message: string;
}

export interface ReadContractsOptions {
  /** Milliseconds for the top level of one handler; default 10,000. */
  readonly timeout?: number;
}

/** A handler whose code did not change has the contract that it had: what makes watching quick. */
const known = new Map<string, Inspected>();
const MAX_KNOWN = 500;

/** By entry, one result for each of `code`. */
export async function readContracts(
  code: ReadonlyMap<string, CompiledCode>,
  { timeout = 10_000 }: ReadContractsOptions = {},
): Promise<ReadonlyMap<string, Inspected>> {
  const results = new Map<string, Inspected>();
  const digests = new Map<string, string>();
  const pending: string[] = [];
  for (const [entry, { js }] of code) {
    const digest = createHash("sha256").update(js).digest("hex");
    const before = known.get(digest);
    digests.set(entry, digest);
    if (before) results.set(entry, before);
    else pending.push(entry);
  }
  if (pending.length === 0) return inOrderOf(code, results);

  const folder = mkdtempSync(join(tmpdir(), "espalier-handlers-"));
  try {
    const handlers = pending.map((entry) => {
      const file = join(folder, `${entry}.mjs`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, code.get(entry)?.js ?? "");
      return { entry, url: pathToFileURL(file).href };
    });
    // A handler that blocks or ends its thread takes the rest of the queue with it: go on behind it.
    for (let rest = handlers; rest.length > 0; ) {
      const found = await inspect(rest, timeout);
      for (const [entry, result] of found) results.set(entry, result);
      rest = rest.filter(({ entry }) => !found.has(entry));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (known.size > MAX_KNOWN) known.clear();
  for (const entry of pending) {
    const result = results.get(entry);
    // That a thread ended or took too long may have been the machine's fault.
    if (result && result.type !== "threw") known.set(digests.get(entry) ?? "", result);
  }
  return inOrderOf(code, results);
}

/** The order of findings must not depend on what was known before. */
function inOrderOf(
  code: ReadonlyMap<string, CompiledCode>,
  results: ReadonlyMap<string, Inspected>,
): ReadonlyMap<string, Inspected> {
  return new Map(
    [...code.keys()].flatMap((entry) => {
      const result = results.get(entry);
      return result ? [[entry, result] as const] : [];
    }),
  );
}

interface Handler {
  readonly entry: string;
  readonly url: string;
}

type WorkerMessage =
  | { readonly type: "begin"; readonly entry: string }
  | { readonly type: "end" }
  | (Inspected & { readonly entry: string });

/** Results of at least the first handler; of fewer than all only if the thread had to be ended. */
function inspect(
  handlers: readonly Handler[],
  timeout: number,
): Promise<ReadonlyMap<string, Inspected>> {
  const results = new Map<string, Inspected>();
  const { promise, resolve } = withResolvers<ReadonlyMap<string, Inspected>>();
  let current = handlers[0]?.entry ?? "";
  let timer: NodeJS.Timeout | undefined;
  const worker = new Worker(new URL("./contract-worker.mjs", import.meta.url), {
    workerData: { handlers },
    // What a handler prints, or finds in the environment, while it is only looked at, is no part of
    // the answer; no loader of this process is needed either.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const finish = (message?: string): void => {
    clearTimeout(timer);
    if (message !== undefined && !results.has(current)) {
      results.set(current, { type: "threw", message });
    }
    void worker.terminate();
    resolve(results);
  };
  const restartTimer = (): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => finish(`its top level did not end within ${timeout / 1000} seconds`),
      timeout,
    );
  };
  restartTimer();
  worker.on("message", (message: WorkerMessage) => {
    if (message.type === "begin") {
      current = message.entry;
      restartTimer();
    } else if (message.type === "end") {
      finish();
    } else {
      const { entry, ...result } = message;
      results.set(entry, result);
    }
  });
  worker.on("error", (error) => finish(`${error.name}: ${error.message}`));
  worker.on("exit", () => finish("it ended its own process"));
  return promise;
}

/** `Promise.withResolvers` comes with Node 22. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
