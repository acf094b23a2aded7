/** Definitions by their text, checked and compiled once. */
import { createHash } from "node:crypto";
import { EngineError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { compileMachine, type Machine } from "./machine.ts";
import { checkDefinition, type Problem } from "./validate.ts";

/**
 * What engines know of definitions; several may share it, so that many short-lived engines compile
 * nothing twice. Whoever shares it decides how long it lives: nothing in it is ever forgotten.
 */
export class Definitions {
  readonly #texts = new Map<string, string>();
  readonly #compiled = new Map<string, Machine>();

  /** Checks a definition unless it is known, and returns its name. Throws `InvalidDefinition`. */
  check(text: string): string {
    const name = createHash("sha256").update(text).digest("hex").slice(0, 32);
    if (this.#texts.has(name)) return name;
    const { problems } = checkDefinition(text);
    if (problems.length > 0) throw invalidDefinition(problems);
    this.#texts.set(name, text);
    return name;
  }

  /** Takes a definition from the journal: it was checked when it was written. */
  restore(name: string, text: string): void {
    this.#texts.set(name, text);
  }

  text(name: string): string {
    const text = this.#texts.get(name);
    if (text === undefined) throw new Error(`unknown definition ${name}`);
    return text;
  }

  compiled(name: string): Machine {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    const machine = compileMachine(JSON.parse(this.text(name)) as JsonObject);
    this.#compiled.set(name, machine);
    return machine;
  }
}

function invalidDefinition(problems: readonly Problem[]): EngineError {
  const all = problems.map(
    ({ code, message, location }) => `${code}: ${message} at ${location || null}`,
  );
  return new EngineError(
    "InvalidDefinition",
    `Invalid State Machine Definition: '${all.join(", ")}'`,
  );
}
