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

export class Tokens {
  readonly #waiting = new Map<string, Waiting>();

  /** A token that nobody can guess. */
  create(): string {
    return `${PREFIX}${randomBytes(48).toString("base64url")}`;
  }

  /** Makes a token known; returns what makes it unknown again. */
  add(token: string, x: Execution, f: Frame): () => void {
    this.#waiting.set(token, { x, f });
    return () => this.#waiting.delete(token);
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
