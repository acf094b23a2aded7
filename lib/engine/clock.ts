/** Where the engine gets the time and its timers from. Times are Unix milliseconds. */
export interface EngineClock {
  now(): number;
  /** Calls `fn` once, not before `at`. Returns what cancels it. */
  setTimer(at: number, fn: () => void): () => void;
  /** The engine has nothing left to do but wait for timers, task tokens or callers. */
  idle?(): void;
}

interface Timer {
  at: number;
  order: number;
  fn: (() => void) | undefined;
}

/** Timers in a binary heap, by time and then by the order in which they were set. */
class TimerHeap {
  readonly #heap: Timer[] = [];
  #order = 0;

  get first(): Timer | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].fn === undefined) this.pop();
    return this.#heap[0];
  }

  push(at: number, fn: () => void): Timer {
    const heap = this.#heap;
    const timer: Timer = { at, order: this.#order++, fn };
    let i = heap.length;
    heap.push(timer);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = heap[up] as Timer;
      if (!before(timer, above)) break;
      heap[i] = above;
      i = up;
    }
    heap[i] = timer;
    return timer;
  }

  pop(): Timer | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= heap.length) break;
      const right = heap[down + 1];
      if (right !== undefined && before(right, heap[down] as Timer)) down++;
      const below = heap[down] as Timer;
      if (!before(below, last)) break;
      heap[i] = below;
      i = down;
    }
    heap[i] = last;
    return top;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** setTimeout overflows beyond 2^31 ms; a longer wait is taken in several. */
const LONGEST_SLEEP = 2_000_000_000;

/** The machine's clock: one `setTimeout` for all timers, which keeps the process alive. */
export class SystemClock implements EngineClock {
  readonly #timers = new TimerHeap();
  #sleep: NodeJS.Timeout | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  now(): number {
    return Date.now();
  }

  setTimer(at: number, fn: () => void): () => void {
    const timer = this.#timers.push(at, fn);
    if (at < this.#wakesAt) this.#arm();
    return () => {
      timer.fn = undefined;
      // Leaves a sleeping process free to exit once nothing is due any more.
      if (this.#timers.first === undefined) this.#disarm();
    };
  }

  #disarm(): void {
    clearTimeout(this.#sleep);
    this.#sleep = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#disarm();
    const next = this.#timers.first;
    if (next === undefined) return;
    this.#wakesAt = next.at;
    const delay = Math.min(Math.max(0, next.at - Date.now()), LONGEST_SLEEP);
    this.#sleep = setTimeout(() => this.#wake(), delay);
  }

  #wake(): void {
    const now = Date.now();
    for (let timer = this.#timers.first; timer !== undefined; timer = this.#timers.first) {
      if (timer.at > now) break;
      this.#timers.pop();
      const fn = timer.fn;
      timer.fn = undefined;
      fn?.();
    }
    this.#arm();
  }
}

/**
 * A clock for tests and replay. Time stands still until `advance` moves it, or, with `auto`,
 * jumps to the next timer whenever the engine is idle, so that a wait of days takes no time.
 */
export class VirtualClock implements EngineClock {
  readonly #timers = new TimerHeap();
  readonly #auto: boolean;
  #now: number;

  constructor(options: { readonly start?: number; readonly auto?: boolean } = {}) {
    this.#now = options.start ?? Date.UTC(2026, 0, 1);
    this.#auto = options.auto ?? false;
  }

  now(): number {
    return this.#now;
  }

  setTimer(at: number, fn: () => void): () => void {
    const timer = this.#timers.push(at, fn);
    return () => {
      timer.fn = undefined;
    };
  }

  idle(): void {
    if (this.#auto) this.advanceToNext();
  }

  /** Moves the time forward by so many milliseconds, firing what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#timers.first; next !== undefined; next = this.#timers.first) {
      if (next.at > end) break;
      this.advanceToNext();
    }
    this.#now = end;
  }

  /** Jumps to the next timer and fires it. False if there is none. */
  advanceToNext(): boolean {
    const timer = this.#timers.first;
    if (timer === undefined) return false;
    this.#timers.pop();
    this.#now = Math.max(this.#now, timer.at);
    const fn = timer.fn;
    timer.fn = undefined;
    fn?.();
    return true;
  }
}
