import type { Json, JsonObject } from "./json.ts";

/**
 * The variables of one scope: the machine, a branch of a Parallel, or an iteration of a Map.
 * An inner scope reads the outer ones; what it assigns is gone when it ends.
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
export class Variables {
  readonly #outer: Variables | undefined;
  #own: JsonObject | undefined;

  constructor(outer?: Variables) {
    this.#outer = outer;
  }

  get(name: string): Json | undefined {
    if (this.#own !== undefined && Object.hasOwn(this.#own, name)) return this.#own[name];
    return this.#outer?.get(name);
  }

  assign(values: JsonObject): void {
    this.#own = this.#own === undefined ? values : { ...this.#own, ...values };
  }
}
