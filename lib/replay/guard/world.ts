/** The world that guarded code sees: one value for each source, which a run may turn. */
import { findSourceMap, type SourceMap } from "node:module";
import type { Source, Use } from "./protocol.ts";

export class GuardedWorld {
  /** Outside of a step's code nothing is guarded. */
  active = false;
  #start = 0;
  #reads = 0;
  #seed = 1;
  #turned: ReadonlySet<Source> = new Set();
  readonly #uses = new Map<string, Use>();
  /** Files of the bundle that were asked for since the last `begin`, whether they are there or not. */
  readonly files = new Set<string>();

  /** Begins a run; the sources in `turned` say something else than in the recorded world. */
  begin(now: number, turned: ReadonlySet<Source>): void {
    this.#start = now;
    this.#reads = 0;
    this.#seed = this.isTurned("random", turned) ? 0x9e3779b9 : 0x2545f491;
    this.#turned = turned;
    this.#uses.clear();
    this.files.clear();
  }

  /** What was used since the last `begin`, each once. */
  end(): readonly Use[] {
    return [...this.#uses.values()];
  }

  isTurned(source: Source, turned = this.#turned): boolean {
    return turned.has(source);
  }

  use(source: Source, what: string): void {
    if (this.#uses.has(`${source} ${what}`)) return;
    this.#uses.set(`${source} ${what}`, { source, what, at: placeInCode() });
  }

  /** Unix milliseconds. Moves with every look, so that nothing waits for it in vain. */
  now(): number {
    this.#reads += 1;
    // Another day, month, year and weekday, and another pace.
    return this.isTurned("clock")
      ? this.#start + 500 * 86_400_000 + 12_345_678 + 7 * this.#reads
      : this.#start + this.#reads - 1;
  }

  /** 32 random bits (xorshift). */
  bits(): number {
    let x = this.#seed;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#seed = x;
    return x >>> 0;
  }

  /** Between 0 and 1, with 53 bits, as `Math.random` has them. */
  random(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }
}

/** By compiled file: Node makes a source map anew for each stack that it writes, which takes long. */
const maps = new Map<string, SourceMap | undefined>();

/** The innermost frame in compiled code of a bundle; source maps make it a place in its sources. */
function placeInCode(): string | null {
  for (const frame of framesHere()) {
    const [file, line, column] = [
      frame.getFileName(),
      frame.getLineNumber(),
      frame.getColumnNumber(),
    ];
    if (!file || line === null || column === null) continue;
    if (!maps.has(file)) maps.set(file, findSourceMap(file));
    const entry = maps.get(file)?.findEntry(line - 1, column - 1);
    const isMapped = entry !== undefined && "originalSource" in entry;
    const source = isMapped ? entry.originalSource : file;
    const found =
      /(?:^|[/\\])((?:code|tools|components|handlers)\/[^\s()]+\.(?:ts|mts|js|mjs))$/.exec(source);
    // Source maps name sources from the bundle's folder, and lie in the folder of the code.
    if (found) {
      return `${found[1]?.replace(/^code\/(?=code\/)/, "")}:${isMapped ? entry.originalLine + 1 : line}`;
    }
  }
  return null;
}

/** As V8 has them, without a text made of them. */
function framesHere(): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 30;
  Error.prepareStackTrace = (_, frames) => frames;
  const { stack } = new Error() as unknown as { readonly stack: readonly NodeJS.CallSite[] };
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}
