/**
 * What a manifest means, step by step, with plain jsonata over names: written without a look at how
 * the compiler does it. Branches and items run one after the other.
 */
import jsonata from "jsonata";
import { expressionCode, isExpression } from "../../lib/manifest/expression.ts";
import type { Catch, Json, Manifest, Retry, Step } from "../../lib/manifest/manifest.ts";
import { policyOfAgent } from "./policies.ts";

export interface World {
  readonly input: Json;
  readonly config: Json;
  readonly run: { readonly [key: string]: Json };
  /** Answers or throws `Failure`. */
  task(id: string, input: Json, iteration: string, attempt: number): Json;
  /** What an agent's function answers before it is done. */
  script(id: string, agent: string, iteration: string): readonly ("continue" | "ask")[];
  /** `isLast`: nobody has more time than now; the reference asks for the end of it all. */
  approve(id: string, required: boolean, policy: string, isLast: boolean): Json;
  /** States that wait for people by this policy, and whether one comes before them. */
  stages(policy: string): { readonly count: number; readonly isScheduled: boolean };
}

export class Failure extends Error {
  readonly error: string;
  readonly reason: string;
  constructor(error: string, reason: string) {
    super(`${error}: ${reason}`);
    this.error = error;
    this.reason = reason;
  }
}

/** A step that was reached and what it was given. */
export interface Visit {
  readonly id: string;
  readonly iteration: string;
  readonly given: Json;
}

export interface Told {
  readonly outcome: { readonly output: Json } | { readonly error: string; readonly cause: string };
  readonly visits: readonly Visit[];
  readonly steps: number;
  readonly decisions: number;
  /** A failure ended a structure with others under way: what those still did is open. */
  readonly open: boolean;
}

type Names = ReadonlyMap<string, Json>;
interface Where {
  readonly names: Names;
  readonly iteration: readonly number[];
  readonly error?: { readonly name: string; readonly cause: string };
}
/** `done`: the branch, item or run ends here with this output. */
interface Result {
  readonly names: Names;
  readonly output: Json;
  readonly done: boolean;
}

export async function tell(manifest: Manifest, world: World): Promise<Told> {
  return new Teller(world).tell(manifest);
}

class Teller {
  readonly #world: World;
  readonly #visits: Visit[] = [];
  #steps = 0;
  #decisions = 0;
  #open = false;

  constructor(world: World) {
    this.#world = world;
  }

  async tell(manifest: Manifest): Promise<Told> {
    const start: Where = { names: new Map(), iteration: [] };
    const counts = () => ({
      visits: this.#visits,
      steps: this.#steps,
      decisions: this.#decisions,
      open: this.#open,
    });
    try {
      const { output } = await this.#list(manifest.steps, start);
      return { outcome: { output }, ...counts() };
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      return { outcome: { error: thrown.error, cause: thrown.reason }, ...counts() };
    }
  }

  async #list(steps: readonly Step[], where: Where): Promise<Result> {
    let { names } = where;
    let output: Json = null;
    for (const step of steps) {
      const result = await this.#step(step, { ...where, names });
      if (result.done) return result;
      ({ names, output } = result);
      names = new Map(names).set(step.id, output);
    }
    return { names, output, done: false };
  }

  async #step(step: Step, where: Where): Promise<Result> {
    if (step.if !== undefined) {
      this.#decisions += 1;
      if ((await this.#evaluate(step.if, where)) !== true) {
        return { names: where.names, output: null, done: false };
      }
    }
    this.#steps += 1;
    try {
      return await this.#body(step, where);
    } catch (thrown) {
      const clause = thrown instanceof Failure ? matching(step, thrown) : undefined;
      if (clause === undefined || !(thrown instanceof Failure)) throw thrown;
      const caught = { ...where, error: { name: thrown.error, cause: thrown.reason } };
      if ("value" in clause) {
        const output = await this.#evaluate(clause.value, caught);
        return { names: where.names, output, done: false };
      }
      return this.#inner(await this.#list(clause.steps, caught), where);
    }
  }

  /** Names of an inner list stay inside. */
  #inner({ output, done }: Result, { names }: Where): Result {
    return { names, output, done };
  }

  async #body(step: Step, where: Where): Promise<Result> {
    const yields = (output: Json): Result => ({ names: where.names, output, done: false });
    const iteration = where.iteration.join(".");
    const visit = (given: Json) => this.#visits.push({ id: step.id, iteration, given });
    switch (step.kind) {
      case "task": {
        const input = await this.#evaluate(step.with ?? {}, where);
        visit(input);
        return yields(this.#attempts(step.id, step.retry, input, iteration));
      }
      case "model":
      case "retrieve":
      case "memory":
      case "prompt": {
        const input = await this.#evaluate(step.with ?? {}, where);
        visit(input);
        return yields(this.#attempts(step.id, step.retry, input, iteration));
      }
      case "agent": {
        const input = await this.#evaluate(step.with ?? {}, where);
        visit(input);
        const script = this.#world.script(step.id, step.agent, iteration);
        // A call and a decision for each line of the script, and for the end of it.
        this.#decisions += 2 * script.length + 1;
        for (const line of script) if (line === "ask") this.#ask(step.id, step.agent);
        return yields(this.#attempts(step.id, step.retry, input, iteration));
      }
      case "approval": {
        const required = (await this.#evaluate(step.required, where)) === true;
        visit(await this.#evaluate(step.with ?? {}, where));
        return yields(this.#approve(step.id, required, step.approval));
      }
      case "emit":
        visit(await this.#evaluate(step.with, where));
        return yields({ FailedEntryCount: 0 });
      case "workflow": {
        const input = await this.#evaluate(step.with ?? {}, where);
        visit(input);
        return yields({ child: input });
      }
      case "wait":
        visit(null);
        return yields(null);
      case "set":
        return yields(await this.#evaluate(step.set, where));
      case "succeed":
        return { ...yields(await this.#evaluate(step.succeed, where)), done: true };
      case "fail":
        throw new Failure(step.fail.error, String(await this.#evaluate(step.fail.cause, where)));
      case "switch":
        this.#decisions += 1;
        for (const way of step.switch) {
          if ("otherwise" in way) return this.#inner(await this.#list(way.otherwise, where), where);
          if ((await this.#evaluate(way.when, where)) !== true) continue;
          return this.#inner(await this.#list(way.steps, where), where);
        }
        return yields(null);
      case "parallel": {
        const output: { [name: string]: Json } = {};
        await this.#together(Object.entries(step.parallel), async ([name, steps]) => {
          output[name] = (await this.#list(steps, where)).output;
        });
        return yields(output);
      }
      case "map": {
        const list = await this.#evaluate(step.map, where, true);
        const items = list === undefined ? [] : Array.isArray(list) ? list : [list];
        const output: Json[] = [];
        await this.#together([...items.entries()], async ([index, item]) => {
          const names = new Map(where.names).set(step.as, item);
          const inner = { ...where, names, iteration: [...where.iteration, index] };
          output[index] = (await this.#list(step.steps, inner)).output;
        });
        return yields(output);
      }
      case "repeat": {
        let output: Json = null;
        for (let round = 0; round < step.repeat.max; round++) {
          const inner = { ...where, iteration: [...where.iteration, round] };
          const result = await this.#list(step.steps, inner);
          if (result.done) return this.#inner(result, where);
          output = result.output;
          this.#decisions += 1;
          const ended = { ...inner, names: result.names };
          if ((await this.#evaluate(step.repeat.until, ended)) === true) break;
        }
        return yields(output);
      }
      default:
        return step satisfies never;
    }
  }

  /** Runs all, then fails as the first that failed; with two failures it is open which comes first. */
  async #together<T>(parts: readonly T[], run: (part: T) => Promise<void>): Promise<void> {
    const failures: Failure[] = [];
    for (const part of parts) {
      try {
        await run(part);
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        failures.push(thrown);
      }
    }
    if (failures[0] === undefined) return;
    if (parts.length > 1) this.#open = true;
    throw failures[0];
  }

  #attempts(id: string, retries: readonly Retry[], input: Json, iteration: string): Json {
    for (let attempt = 0; ; attempt++) {
      try {
        return this.#world.task(id, input, iteration, attempt);
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        const retry = retries.find(({ on }) => on.includes(thrown.error));
        if (retry === undefined || attempt >= retry.attempts) throw thrown;
      }
    }
  }

  /** An agent learns of a rejection and goes on; only where the policy says so does being late fail. */
  #ask(id: string, agent: string): void {
    this.#decisions += 1;
    try {
      this.#approve(id, true, `approvals/${policyOfAgent(agent)}.yaml`);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.error !== "Approval.Rejected") throw thrown;
    }
  }

  #approve(id: string, required: boolean, policy: string): Json {
    const { count, isScheduled } = this.#world.stages(policy);
    // At most: each stage but the first is one more, where nobody decides before.
    this.#decisions += count - 1 + (isScheduled ? 1 : 0);
    try {
      return this.#world.approve(id, required, policy, true);
    } catch (thrown) {
      // Running out of time is a way of its own, and may lead to a state of its own.
      if (thrown instanceof Failure && thrown.reason.includes("nobody")) this.#decisions += 1;
      throw thrown;
    }
  }

  async #evaluate(value: Json, where: Where): Promise<Json>;
  async #evaluate(value: Json, where: Where, maybe: true): Promise<Json | undefined>;
  async #evaluate(value: Json, where: Where, maybe = false): Promise<Json | undefined> {
    if (typeof value === "string") {
      if (!isExpression(value)) return value;
      const { input, config, run } = this.#world;
      const result: unknown = await jsonata(expressionCode(value)).evaluate(undefined, {
        input,
        config,
        run,
        iteration: where.iteration.join("."),
        ...(where.error && { error: where.error }),
        ...Object.fromEntries(where.names),
      });
      if (result !== undefined) return JSON.parse(JSON.stringify(result)) as Json;
      if (maybe) return undefined;
      throw new Error(`${value} yields nothing`);
    }
    if (Array.isArray(value)) {
      const items: Json[] = [];
      for (const item of value) items.push(await this.#evaluate(item, where));
      return items;
    }
    if (typeof value !== "object" || value === null) return value;
    const object: { [key: string]: Json } = {};
    for (const [key, item] of Object.entries(value)) {
      object[key] = await this.#evaluate(item, where);
    }
    return object;
  }
}

function matching(step: Step, { error }: Failure): Catch | undefined {
  if (!("catch" in step)) return undefined;
  return step.catch.find(({ on }) => on.includes(error) || on.includes("States.ALL"));
}
