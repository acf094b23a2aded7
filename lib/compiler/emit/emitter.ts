/** Emits states: one for a step, one for a decision, none for what can ride on another. */

import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type {
  AgentStep,
  ApprovalStep,
  Catch,
  MapStep,
  ParallelStep,
  RepeatStep,
  SetStep,
  Step,
  SucceedStep,
  SwitchStep,
} from "../../manifest/manifest.ts";
import { isEffectful } from "../../runtime/effect.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { STATES, type VariableNames } from "../names.ts";
import { agentLoop } from "./agent-loop.ts";
import { approvalFailures, approvalStates } from "./approval-stages.ts";
import { asList } from "./as-list.ts";
import { assign, type Exit, handedOn, lead, ruleExit, startExit, stateExit } from "./exit.ts";
import {
  BEHIND,
  behindIn,
  type Caught,
  catchers,
  expiry,
  retriers,
  type WorkKind,
} from "./failing.ts";
import { openScope, type Scope } from "./scope.ts";
import { conditional, type Surroundings, type Translator } from "./translate.ts";
import type { CallStep, Work, WorkStates } from "./work-states.ts";

/** More ways than this into a `set` get a Pass state instead of as many copies of it. */
const MAX_COPIES = 4;

/** Where steps are emitted to, and what names mean there. */
export interface Site {
  readonly scope: Scope;
  readonly around: Surroundings;
}

export interface EmitterParts {
  readonly translator: Translator;
  readonly work: WorkStates;
  readonly names: VariableNames;
  readonly approvals: ReadonlyMap<string, ApprovalPolicy>;
  /** By step of an agent: the policy of its tools that a person decides on. */
  readonly toolPolicies: ReadonlyMap<string, ApprovalPolicy>;
  /** Timeout of a step's function. */
  seconds(step: CallStep): number;
  readonly express: boolean;
  /** Names that some expression reads: only they need a variable. */
  readonly read: ReadonlySet<string>;
}

export class Emitter {
  readonly #parts: EmitterParts;

  constructor(parts: EmitterParts) {
    this.#parts = parts;
  }

  /** Emits a list of steps as the whole of a scope: it starts there, and its last output is the result. */
  whole(steps: readonly Step[], site: Site): void {
    this.#finish(this.#flow(steps, [startExit(site.scope)], site), site.scope);
  }

  #flow(steps: readonly Step[], entry: readonly Exit[], site: Site): readonly Exit[] {
    let exits = entry;
    for (const [index, step] of steps.entries()) {
      exits = this.#step(step, exits, site, index === steps.length - 1);
    }
    return exits;
  }

  #step(step: Step, exits: readonly Exit[], site: Site, last: boolean): readonly Exit[] {
    if (step.if === undefined) return this.#body(step, exits, site, last);
    if (step.kind === "set") {
      const value = conditional(step.if, step.set);
      if (value !== undefined) return this.#set(step, value, exits, site, last);
    }
    const rule: JsonObject = { Condition: this.#parts.translator.settled(step.if, site.around) };
    const choice: JsonObject = { Type: "Choice", Choices: [rule] };
    this.#enter(exits, STATES.condition(step.id), choice, site);
    const taken = this.#body(step, [ruleExit(rule)], site, last);
    return [...taken, ...this.#define(step.id, [ruleExit(choice, "Default")])];
  }

  #body(step: Step, exits: readonly Exit[], site: Site, last: boolean): readonly Exit[] {
    const { work } = this.#parts;
    switch (step.kind) {
      case "task":
      case "model":
      case "retrieve":
      case "memory":
      case "prompt": {
        const seconds = this.#parts.seconds(step);
        return this.#work(step, work.call(step, seconds, site.around), exits, site);
      }
      case "agent":
        return this.#agent(step, exits, site);
      case "approval":
        return this.#approval(step, exits, site);
      case "emit":
        return this.#work(step, work.emit(step, site.around), exits, site);
      case "workflow":
        return this.#work(step, work.workflow(step, site.around), exits, site);
      case "wait":
        return this.#work(step, work.wait(step, site.around), exits, site);
      case "parallel":
        return this.#work(step, this.#parallel(step, site), exits, site);
      case "map":
        return this.#work(step, this.#map(step, site), exits, site);
      case "set":
        return this.#set(step, step.set, exits, site, last);
      case "switch":
        return this.#switch(step, exits, site);
      case "repeat":
        return this.#repeat(step, exits, site);
      case "succeed":
        return this.#succeed(step, exits, site);
      case "fail": {
        const Cause = this.#parts.translator.settled(step.fail.cause, site.around);
        const state = { Type: "Fail", Error: step.fail.error, Cause };
        this.#enter(exits, step.id, described(state, step), site);
        return [];
      }
      default:
        return step satisfies never;
    }
  }

  #enter(exits: readonly Exit[], name: string, state: JsonObject, { scope }: Site): void {
    for (const exit of exits) lead(exit, name, scope);
    scope.machine.States[name] = state;
  }

  /** Gives the results on these exits their name: a variable if somebody reads it. */
  #define(id: string, exits: readonly Exit[], always = false): Exit[] {
    return exits.map((exit) => {
      if (always || this.#parts.read.has(id)) assign(exit, id, exit.result);
      return { ...exit, known: new Map(exit.known).set(id, exit.result) };
    });
  }

  /**
   * Rides on every way that leads here. A Pass is needed only where no state stands before (the
   * start of the workflow, of a branch, of a map's body, of a repeat's body), where more ways meet
   * than are worth copies, or where the value reads one on the same way that has no JSONata form.
   */
  #set(
    step: SetStep,
    value: Json,
    exits: readonly Exit[],
    site: Site,
    last: boolean,
  ): readonly Exit[] {
    const { translator } = this.#parts;
    if (exits.length <= MAX_COPIES && exits.every((exit) => exit.rides)) {
      const riding: Exit[] = [];
      for (const exit of exits) {
        const result = translator.value(value, site.around, exit.known);
        if (result !== undefined) riding.push({ ...exit, result });
      }
      if (riding.length === exits.length) return this.#define(step.id, riding, !last);
    }
    const state = described({ Type: "Pass" }, step);
    this.#enter(exits, step.id, state, site);
    const result = translator.settled(value, site.around);
    return this.#define(step.id, [stateExit(state, result, false)], !last);
  }

  #work(
    step: CallStep | Extract<Step, { kind: WorkKind }>,
    { state, result }: Work,
    exits: readonly Exit[],
    site: Site,
  ): readonly Exit[] {
    this.#enter(exits, step.id, described(state, step), site);
    const done = this.#define(step.id, [stateExit(state, result, step.kind !== "wait")]);
    if (step.kind === "wait") return done;
    const effect = step.kind === "task" && isEffectful(step.effect);
    const retry = retriers(
      step.retry,
      behindIn(this.#parts.express, BEHIND[step.kind]),
      effect ? { seconds: step.timeout } : undefined,
    );
    if (retry.length > 0) state.Retry = retry;
    const caught = catchers(step.catch);
    return [...done, ...this.#catching(step, [{ state, caught }], undefined, site)];
  }

  #approval(step: ApprovalStep, exits: readonly Exit[], site: Site): readonly Exit[] {
    const policy = this.#parts.approvals.get(step.approval);
    // Without it, nothing is emitted.
    if (!policy) throw new TypeError(`The approval "${step.id}" has no policy.`);
    const question = this.#parts.work.question(step, policy, site.around);
    const asked = approvalStates(question, handedOn(site.scope));
    for (const exit of exits) lead(exit, asked.entry, site.scope);
    for (const { name, state } of [asked.schedule ?? [], asked.stages].flat()) {
      site.scope.machine.States[name] = state;
    }
    const [first] = asked.stages;
    if (first) described(first.state, step);
    const done = asked.stages.map(({ state }) => stateExit(state, RESULT, true));
    const failing = approvalFailures(asked, step.catch, step.id, policy);
    return [...this.#define(step.id, done), ...this.#catching(step, failing, policy, site)];
  }

  #agent(step: AgentStep, exits: readonly Exit[], site: Site): readonly Exit[] {
    const policy = this.#parts.toolPolicies.get(step.id) ?? null;
    const loop = agentLoop(step, policy, site.around, handedOn(site.scope), this.#parts);
    for (const exit of exits) lead(exit, step.id, site.scope);
    for (const [name, state] of loop.states) site.scope.machine.States[name] = state;
    const [first] = loop.states;
    if (first) described(first[1], step);
    const done = this.#define(step.id, [{ ...ruleExit(loop.done), result: loop.result }]);
    const failed = this.#catching(step, loop.failing, policy ?? undefined, site, loop.resume);
    return [...done, ...failed];
  }

  /** `resets`: a variable that is emptied where an error leads out of the step. */
  #catching(
    { id, catch: clauses }: { readonly id: string; readonly catch: readonly Catch[] },
    failing: readonly { readonly state: JsonObject; readonly caught: readonly Caught[] }[],
    policy: ApprovalPolicy | undefined,
    site: Site,
    resets?: string,
  ): readonly Exit[] {
    const variable = this.#parts.names.error(id);
    const entries: Exit[][] = clauses.map(() => []);
    for (const { state, caught } of failing) {
      const written: Json[] = Array.isArray(state.Catch) ? [...state.Catch] : [];
      for (const { matches, error, clause } of caught) {
        const catcher: JsonObject = { ErrorEquals: [...matches] };
        written.push(catcher);
        const exit = { ...ruleExit(catcher), replaces: true, known: new Map([[variable, error]]) };
        if (clause === undefined) catcher.Next = STATES.expired(id);
        else {
          if (resets !== undefined) assign(exit, resets, null);
          entries[clause]?.push(exit);
        }
        const branches = clause !== undefined && "steps" in (clauses[clause] ?? {});
        if (branches && this.#parts.read.has("error")) assign(exit, variable, error);
      }
      if (written.length > 0) state.Catch = written;
      if (!caught.some(({ clause }) => clause === undefined)) continue;
      const { name = null, cause = null } = expiry(id, policy);
      const expired = { Type: "Fail", Error: name, Cause: cause };
      site.scope.machine.States[STATES.expired(id)] = expired;
    }
    const around = { ...site.around, error: variable };
    const exits = clauses.flatMap((clause, index): readonly Exit[] => {
      const entry = entries[index] ?? [];
      if ("steps" in clause) return this.#flow(clause.steps, entry, { ...site, around });
      return entry.map((exit) => ({
        ...exit,
        result: this.#parts.translator.value(clause.value, around, exit.known) ?? null,
      }));
    });
    return this.#define(id, exits);
  }

  #switch(step: SwitchStep, exits: readonly Exit[], site: Site): readonly Exit[] {
    const otherwise = step.switch.find((way) => "otherwise" in way)?.otherwise;
    const cases = step.switch.filter((way) => "when" in way);
    // A Choice needs a rule; without a condition there is nothing to choose.
    if (cases.length === 0) return this.#define(step.id, this.#flow(otherwise ?? [], exits, site));
    const rules: JsonObject[] = [];
    const choice: JsonObject = described({ Type: "Choice", Choices: rules }, step);
    this.#enter(exits, step.id, choice, site);
    const taken = cases.flatMap(({ when, steps }) => {
      const rule: JsonObject = { Condition: this.#parts.translator.settled(when, site.around) };
      rules.push(rule);
      return this.#flow(steps, [ruleExit(rule)], site);
    });
    const rest = this.#flow(otherwise ?? [], [ruleExit(choice, "Default")], site);
    return this.#define(step.id, [...taken, ...rest]);
  }

  #parallel(step: ParallelStep, site: Site): Work {
    const branches = Object.entries(step.parallel).map(([name, steps], index) => {
      const scope = openScope(`${step.id}.${index}`, site.scope.frame);
      this.whole(steps, { ...site, scope });
      return { name, machine: scope.machine };
    });
    const state = { Type: "Parallel", Branches: branches.map(({ machine }) => machine) };
    const result: JsonObject = {};
    for (const [index, { name }] of branches.entries()) {
      result[name] = `{% $states.result[${index}] %}`;
    }
    return { state, result };
  }

  #map(step: MapStep, site: Site): Work {
    const { translator } = this.#parts;
    const code = translator.code(step.map, site.around);
    const inner = openScope(step.id, true);
    const items = new Set(site.around.items).add(step.as);
    const around = { ...site.around, items, iteration: "$states.input.iteration" };
    this.whole(step.steps, { scope: inner, around });
    const index = "$string($states.context.Map.Item.Index)";
    const { iteration } = site.around;
    const position = iteration === undefined ? index : `${iteration} & "." & ${index}`;
    const item = "$states.context.Map.Item.Value";
    const state: JsonObject = {
      Type: "Map",
      Items: `{% ${asList(code)} %}`,
      ItemSelector: site.scope.frame
        ? `{% $merge([$states.input, {"${step.as}": ${item}, "iteration": ${position}}]) %}`
        : { [step.as]: `{% ${item} %}`, iteration: `{% ${position} %}` },
      MaxConcurrency: step.concurrency,
      ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...inner.machine },
    };
    return { state, result: "{% $states.result %}" };
  }

  /** The body, then a Choice that leaves, gives up, or counts and goes back to the body's start. */
  #repeat(step: RepeatStep, exits: readonly Exit[], site: Site): readonly Exit[] {
    const { translator, names } = this.#parts;
    const round = names.round(step.id);
    let entry = exits;
    if (!exits.every((exit) => exit.rides)) {
      const state = described({ Type: "Pass" }, step);
      this.#enter(exits, step.id, state, site);
      entry = [stateExit(state, null, false)];
    }
    for (const exit of entry) assign(exit, round, 0);

    const counted = `$string($${round})`;
    const { iteration } = site.around;
    const position = iteration === undefined ? counted : `${iteration} & "." & ${counted}`;
    const inner: Site = { ...site, around: { ...site.around, iteration: position } };
    // What leads back is made before the body is, to learn where it starts. Nothing rides into a
    // body: what stands first in it happens in every round.
    const back: JsonObject = {};
    const start = [...entry, ruleExit(back)].map((exit) => ({
      ...exit,
      rides: false,
      ends: false,
    }));
    const ended = this.#define(step.id, this.#flow(step.steps, start, inner), true);
    if (ended.length === 0) return [];

    const done: JsonObject = { Condition: translator.settled(step.repeat.until, inner.around) };
    const spent: JsonObject = { Condition: `{% $${round} >= ${step.repeat.max - 1} %}` };
    const choice: JsonObject = {
      Type: "Choice",
      Choices: [done, spent],
      Assign: { [round]: `{% $${round} + 1 %}` },
      Default: back.Next ?? "",
    };
    this.#enter(ended, STATES.until(step.id), choice, site);
    return [done, spent].map((rule) => ({ ...ruleExit(rule), result: `{% $${step.id} %}` }));
  }

  #succeed(step: SucceedStep, exits: readonly Exit[], site: Site): readonly Exit[] {
    const { translator } = this.#parts;
    if (exits.every((exit) => exit.ends)) {
      const ending: Exit[] = [];
      for (const exit of exits) {
        const result = translator.value(step.succeed, site.around, exit.known);
        if (result !== undefined) ending.push({ ...exit, result });
      }
      if (ending.length === exits.length) {
        this.#finish(ending, site.scope);
        return [];
      }
    }
    const Output = translator.settled(step.succeed, site.around);
    this.#enter(exits, step.id, described({ Type: "Succeed", Output }, step), site);
    return [];
  }

  /** Ends the scope at each of these exits. What would be assigned there, nobody could read. */
  #finish(exits: readonly Exit[], scope: Scope): void {
    for (const { holder, link, ends, result } of exits) {
      delete holder.Assign;
      holder.Output = result;
      if (ends) {
        holder.End = true;
        continue;
      }
      const name = STATES.end(scope.name);
      scope.machine.States[name] = { Type: "Succeed" };
      holder[link] = name;
    }
  }
}

const RESULT = "{% $states.result %}";

function described(state: JsonObject, step: Step): JsonObject {
  if (step.description !== undefined) state.Comment = step.description;
  return state;
}
