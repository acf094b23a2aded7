import type { EngineClock } from "../engine/index.ts";

/** Virtual time. Waits and pauses end when nothing else is left to be done. */
export class ReplayClock implements EngineClock {
  #now: number;
  readonly #timers = new Set<{ readonly at: number; readonly fn: () => void }>();
  readonly #onIdle: () => void;

  /** `onIdle`: everything waits for answers or for time. */
  constructor(start: number, onIdle: () => void) {
    this.#now = start;
    this.#onIdle = onIdle;
  }

  now(): number {
    return this.#now;
  }

  /** Never goes back. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  setTimer(at: number, fn: () => void): () => void {
    const timer = { at, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  idle(): void {
    this.#onIdle();
  }

  /** Lets the next timer end. False if there is none. */
  fireNext(): boolean {
    let next: { readonly at: number; readonly fn: () => void } | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.moveTo(next.at);
    next.fn();
    return true;
  }
}
