/** Task tokens: what a task waits for, by the opaque text that its invoker was given. */
import { randomBytes } from "node:crypto";
import { EngineError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";

export interface Waiting {
  readonly x: Execution;
  readonly f: Frame;
}

const PREFIX = "AQ1";
/** Bytes of chance in a token; so many of them are drawn in one go, since each draw costs a call of the system. */
const BYTES = 48;
const DRAWN = 64;

export class Tokens {
  readonly #waiting = new Map<string, Waiting>();
  #chance = Buffer.alloc(0);

  /** A token that nobody can guess. */
  create(): string {
    if (this.#chance.length === 0) this.#chance = randomBytes(BYTES * DRAWN);
    const own = this.#chance.subarray(0, BYTES);
    this.#chance = this.#chance.subarray(BYTES);
    return `${PREFIX}${own.toString("base64url")}`;
  }

  /** Makes a token known; returns what makes it unknown again. */
  add(token: string, x: Execution, f: Frame): () => void {
    this.#waiting.set(token, { x, f });
    return () => this.#waiting.delete(token);
  }

  has(token: string): boolean {
    return this.#waiting.has(token);
  }

  /** Throws InvalidToken for what never was one, TaskTimedOut for one whose task has ended. */
  get(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (waiting !== undefined) return waiting;
    if (!new RegExp(`^${PREFIX}[A-Za-z0-9_-]{64}$`).test(token)) {
      throw new EngineError("InvalidToken", "Invalid Token: 'Invalid token'");
    }
    throw new EngineError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
  }
}
