/** What a replay and the thread in which it runs step code tell each other. */
import type { Json } from "../../runtime/json.ts";

/** Where a step's result may come from, besides its input. */
export type Source = "clock" | "random" | "network" | "environment" | "files" | "order" | "memory";

/** A use of the world outside: what, and where in the code. */
export interface Use {
  readonly source: Source;
  /** `Date.now`, `fetch https://…`, `process.env.REGION`. */
  readonly what: string;
  /** `code/inventory.ts:12`, where the stack says. */
  readonly at: string | null;
}

/** A call of a step's code. */
export interface CodeCall {
  /** The ESM file. */
  readonly file: string;
  readonly payload: Json;
  /** Unix milliseconds: what the clock says. */
  readonly now: number;
  /** Seconds. */
  readonly timeout: number;
}

export type GuardedAnswer =
  /** JSON text. */
  { readonly output: string } | { readonly error: string; readonly message: string };

/** What came of running a step's code twice, in two worlds that agree in nothing but its input. */
export interface CodeResult {
  /** In the recorded world. */
  readonly answer: GuardedAnswer;
  /** Everything outside that it has used, each once. */
  readonly uses: readonly Use[];
  /** Of them, those on which its result depends; also `memory` and `order`, which nobody sees used. */
  readonly depends: readonly Use[];
  /** Paths of the bundle's files that it has asked for. */
  readonly files: readonly string[];
}

/** Whoever runs the code of a bundle. */
export interface RunsCode {
  /** Never rejects for what the code does: that is its answer. */
  run(call: CodeCall): Promise<CodeResult>;
}

export type ToGuard =
  | ({ readonly type: "call" } & CodeCall)
  | { readonly type: "bytes"; readonly ask: number; readonly bytes: Uint8Array | null };

export type FromGuard =
  | ({ readonly type: "result" } & CodeResult)
  | { readonly type: "file" | "artifact"; readonly ask: number; readonly name: string }
  /** The code has stored a document: other steps may read it. */
  | { readonly type: "stored"; readonly bytes: Uint8Array };
