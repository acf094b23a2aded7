/** Ways out of states that lead nowhere yet, and what rides on them. */
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { Scope } from "./scope.ts";

/**
 * The outgoing side of a state, a choice rule or a catcher while the next step is still unknown.
 * What follows without work of its own (`set`, the result of a structure) is assigned right here.
 */
export interface Exit {
  /** The object that gets `Assign`, `Output` and the link. */
  readonly holder: JsonObject;
  /** Field that names the next state: `Next`, `Default` of a Choice, `StartAt` of a scope. */
  readonly link: "Next" | "Default" | "StartAt";
  /** False for `StartAt`: there is no state yet that could assign. */
  readonly rides: boolean;
  /** May end the flow with `End`; rules and catchers have to name a state. */
  readonly ends: boolean;
  /** Its own output is not what the next state shall get: a task's result, a caught error. */
  readonly replaces: boolean;
  /**
   * Names that get their value on this very exit: expressions here still see the old variables
   * (Step Functions evaluates all of `Assign` before it assigns any of it), so they read these.
   */
  readonly known: ReadonlyMap<string, Json>;
  /** Output of the step that ends here, as it is written on this exit. */
  readonly result: Json;
}

export function assign(exit: Exit, name: string, value: Json): void {
  const assigned = (exit.holder.Assign ?? {}) as JsonObject;
  assigned[name] = value;
  exit.holder.Assign = assigned;
}

/** What a state hands on that has nothing to say: inside of a map, the frame. */
export function handedOn({ frame }: Scope): Json {
  return frame ? "{% $states.input %}" : {};
}

/** Leads an exit to a state; variables carry the data, so the state gets next to nothing as input. */
export function lead(exit: Exit, state: string, scope: Scope): void {
  if (exit.replaces) exit.holder.Output = handedOn(scope);
  exit.holder[exit.link] = state;
}

const NOTHING: ReadonlyMap<string, Json> = new Map();

/** Where a scope begins. */
export function startExit(scope: Scope): Exit {
  return {
    holder: scope.machine,
    link: "StartAt",
    rides: false,
    ends: false,
    replaces: false,
    known: NOTHING,
    result: null,
  };
}

/** A state that has done its work. */
export function stateExit(state: JsonObject, result: Json, replaces: boolean): Exit {
  return { holder: state, link: "Next", rides: true, ends: true, replaces, known: NOTHING, result };
}

/** A choice rule or a catcher, or the Default of a Choice. */
export function ruleExit(rule: JsonObject, link: "Next" | "Default" = "Next"): Exit {
  return {
    holder: rule,
    link,
    rides: true,
    ends: false,
    replaces: false,
    known: NOTHING,
    result: null,
  };
}
