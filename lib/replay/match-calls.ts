/**
 * Which recorded call a call of another bundle repeats. Where a list has lost an item, the ones behind it
 * have moved: in a map, a call repeats the one that asked the same, and its iteration has the name that it
 * had in the run.
 */
import { canonicalJson } from "../runtime/canonical-json.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { RecordedCall } from "../runtime/recorded-calls.ts";
import { isObject } from "./request-of.ts";

export interface Matched {
  readonly recorded: RecordedCall | undefined;
  /** The iteration by its name in the run; a free one where the run had none. */
  readonly iteration: string;
}

export class CallMatcher {
  /** By state and iteration. */
  readonly #calls = new Map<string, RecordedCall[]>();
  /** By state and what was asked. */
  readonly #asked = new Map<string, RecordedCall[]>();
  readonly #taken = new Set<RecordedCall>();
  /** Iterations of the run. */
  readonly #had = new Set<string>();
  /** Stand in for what nobody has answered, until somebody asks the very same. */
  readonly #lent = new Set<RecordedCall>();
  /** Names in the run, by names in the replay. */
  readonly names = new Map<string, string>();

  constructor(calls: readonly RecordedCall[]) {
    for (const call of calls) {
      if (call.iteration === "") continue;
      this.#had.add(call.iteration);
      add(this.#calls, `${call.state}\n${call.iteration}`, call);
      add(this.#asked, `${call.state}\n${contentOf(call.request)}`, call);
    }
  }

  /** `number` counts the calls of this state and iteration from 0. */
  match(state: string, iteration: string, number: number, request: JsonObject): Matched {
    const name = this.names.get(iteration) ?? iteration;
    const own = this.#calls.get(`${state}\n${name}`) ?? [];
    const equal = (this.#asked.get(`${state}\n${contentOf(request)}`) ?? []).filter(
      (call) => !this.#taken.has(call),
    );
    const found = equal.find((call) => call.iteration === name) ?? equal[0];
    if (found) {
      this.#taken.add(found);
      return { recorded: found, iteration: this.#nameOf(iteration, found.iteration) };
    }
    const lent = own[number];
    if (lent) this.#lent.add(lent);
    return { recorded: lent, iteration: this.#nameOf(iteration, name) };
  }

  /** Whether the replay has made this call, or one in its place. */
  isMade(call: RecordedCall): boolean {
    return this.#taken.has(call) || this.#lent.has(call);
  }

  #nameOf(iteration: string, wanted: string): string {
    const known = this.names.get(iteration);
    if (known !== undefined) return known;
    const used = new Set(this.names.values());
    let name = wanted;
    // Behind all that the run had there.
    const around = wanted.replace(/\d+$/, "");
    for (let n = 0; used.has(name) || (name !== wanted && this.#had.has(name)); n += 1) {
      name = `${around}${n}`;
    }
    this.names.set(iteration, name);
    return name;
  }
}

/** All that a call says, but where it stands. */
function contentOf(request: JsonObject): string {
  const { Payload: payload } = request;
  if (!isObject(payload)) return canonicalJson(request);
  const { token: _, run: __, config: ___, step, ...rest } = payload;
  return canonicalJson({ ...rest, step: isObject(step) ? (step.id ?? null) : null });
}

function add(map: Map<string, RecordedCall[]>, key: string, call: RecordedCall): void {
  map.set(key, [...(map.get(key) ?? []), call]);
}
