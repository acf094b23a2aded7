/** The second pass: puts the tokens of values in their place, and leaves what a run's structure is made of. */
import type { Approval } from "../approval/approval.ts";
import type { RunEvent, RunRecord } from "../control.ts";
import type { Json, JsonObject } from "../json.ts";
import type { RunJournals } from "../trace/run-journals.ts";
import { isObject, parse } from "./json-values.ts";
import type { Spared, ValueMasks } from "./value-masks.ts";

/** Fields of an event's details that hold what the run's data may be in. */
const CONTENT = new Set(["input", "output", "parameters", "cause", "assignedVariables"]);
/** Fields of journal entries and answers that hold such data. */
const JOURNALED = ["content", "result", "artifact", "partial", "message", "override", "reply"];
/** Who asked, and which call it is. */
const IDENTITY = new Set(["run", "step", "FunctionName", "policy", "token", "answeredBy"]);
const ENVELOPE = new Set([
  ...[...IDENTITY, ...CONTENT, ...JOURNALED, "Payload", "given", "config", "evidence", "status"],
  ...["ExecutedVersion", "StatusCode", "text", "toolUse", "toolUseId", "name", "value", "error"],
]);
const CUT_OFF = "[masked: cut off]";

export class RunMasks {
  readonly #masks: ValueMasks;
  /** Names that contracts declare: they are no data, whatever values are called. */
  readonly #names: ReadonlySet<string>;

  constructor(masks: ValueMasks, names: ReadonlySet<string>) {
    this.#masks = masks;
    this.#names = names;
  }

  event(event: RunEvent): RunEvent {
    if (this.#masks.isEmpty) return event;
    const masked = Object.entries(event).map(([name, details]) =>
      name.endsWith("EventDetails") && isObject(details)
        ? [name, this.#details(details)]
        : [name, details],
    );
    return Object.fromEntries(masked) as unknown as RunEvent;
  }

  value(value: Json): Json {
    return this.#masks.isEmpty ? value : this.#masks.value(value, this.#spared);
  }

  approval(approval: Approval): Approval {
    if (this.#masks.isEmpty) return approval;
    return this.#only(approval, ["evidence", "reason", "edited", "category"], isOpenPart);
  }

  journals(journals: RunJournals): RunJournals {
    if (this.#masks.isEmpty) return journals;
    return this.#only(journals, [...JOURNALED, "reason"], () => true);
  }

  run(run: RunRecord): RunRecord {
    if (this.#masks.isEmpty || run.error === null) return run;
    return { ...run, error: { ...run.error, cause: String(this.#masks.value(run.error.cause)) } };
  }

  #details(details: JsonObject): JsonObject {
    const isCut = Object.values(details).some((each) => isObject(each) && each.truncated === true);
    const masked = Object.entries(details).map(([name, member]): [string, Json] => {
      if (!CONTENT.has(name)) return [name, member];
      // Half of a value is not found, and says half of it.
      if (isCut && typeof member === "string" && parse(member) === undefined)
        return [name, CUT_OFF];
      return [name, this.#masks.value(member, this.#spared)];
    });
    return Object.fromEntries(masked);
  }

  readonly #spared: Spared = {
    key: (key) => ENVELOPE.has(key) || this.#names.has(key),
    member: (name, value) => {
      if (name === "FunctionName" || name === "token") return typeof value === "string";
      return IDENTITY.has(name) && isIdentity(name, value);
    },
  };

  /** Masks the members of these names, however deep; the rest stays, down to objects that are not open. */
  #only<T>(value: T, names: readonly string[], isOpen: (name: string) => boolean): T {
    const go = (each: Json): Json => {
      if (Array.isArray(each)) return each.map(go);
      if (!isObject(each)) return each;
      const members = Object.entries(each).map(([name, member]): [string, Json] => {
        if (names.includes(name)) return [name, this.#masks.value(member, this.#spared, name)];
        return [name, isOpen(name) ? go(member) : member];
      });
      return Object.fromEntries(members);
    };
    return go(value as unknown as Json) as unknown as T;
  }
}

/** A run's or a step's identity, and no data that happens to have that name. */
function isIdentity(name: string, value: Json): boolean {
  if (!isObject(value)) return false;
  if (name === "run") return typeof value.principal === "string";
  if (name === "step") return typeof value.iteration === "string" && typeof value.id === "string";
  return name === "answeredBy";
}

/** Parts of an approval in which people write. */
function isOpenPart(name: string): boolean {
  return name === "votes" || name === "decision" || name === "delegations";
}
