/** Names of states and variables that the compiler adds. A dot keeps states apart from steps. */

export const STATES = {
  /** Choice that decides whether a step runs. */
  condition: (id: string) => `${id}.if`,
  /** Choice after a round of a repeat. */
  until: (id: string) => `${id}.until`,
  /** Choice of what comes of an agent's call. */
  next: (id: string) => `${id}.next`,
  /** Question to a person in the middle of an agent's work. */
  approval: (id: string) => `${id}.approval`,
  /** Work of the approval function before a question in business hours: how long its stages last. */
  schedule: (question: string) => `${question}.schedule`,
  /** Stage of a question: a reminder, the next level; `name` as `stagesOf` has it. */
  stage: (question: string, name: string) => (name === "" ? question : `${question}.${name}`),
  /** Fail after an approval's deadline. */
  expired: (id: string) => `${id}.expired`,
  /** Succeed where a flow ends on a decision: a Choice cannot end a flow itself. */
  end: (scope: string) => `${scope}.end`,
} as const;

/** Step Functions allows 80 characters for the name of a state or of a variable. */
export const MAX_NAME = 80;

/**
 * Names for the variables that the compiler adds (`ID_round`, `ID_error`, …), apart from every name in
 * the manifest: those are variables too, or would hide one.
 */
export class VariableNames {
  readonly #taken: ReadonlySet<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  round(id: string): string {
    return this.#free(`${id}_round`);
  }

  error(id: string): string {
    return this.#free(`${id}_error`);
  }

  /** How long the stages of a question last. */
  schedule(id: string): string {
    return this.#free(`${id}_schedule`);
  }

  /** What the last call of an agent came to. */
  outcome(id: string): string {
    return this.#free(`${id}_outcome`);
  }

  /** What an agent's next call goes on with: a person's decision. */
  resume(id: string): string {
    return this.#free(`${id}_resume`);
  }

  #free(name: string): string {
    let free = name;
    while (this.#taken.has(free)) free += "_";
    return free;
  }
}
