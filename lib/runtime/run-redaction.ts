/**
 * What is kept of a run is masked as it is written: every value that a contract of its bundle classes
 * beyond `public` and `internal`, wherever in the run it turns up again. Two passes: `see…` finds the
 * values (all of them first, since an early event may quote what a later one classes), the others mask.
 *
 * Kept as it is: what the run's structure is made of (ids, types, times, names of states, who asked, who
 * decided, digests, policies) and everything that no contract classes. The same value has the same token
 * in all files of the run: a replay finds equal what was equal.
 */

import type { Approval } from "./approval/approval.ts";
import { readAll } from "./artifact-handle.ts";
import { findClassed, isClassed } from "./classed-values.ts";
import type { RunEvent, RunRecord } from "./control.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Artifacts } from "./ports.ts";
import type { RunJournals, StepJournal } from "./trace/run-journals.ts";
import { type Spared, ValueMasks } from "./value-masks.ts";

type Schema = JsonObject | true;

interface Contract {
  readonly input?: Schema | null | undefined;
  readonly output?: Schema | null | undefined;
}

/** Of a plan, what says which values are classed. Plans of earlier versions lack `handlers`. */
export interface ClassedPlan {
  readonly contracts?: Contract | undefined;
  /** By step, and by function of a tool: what its code declares. */
  readonly handlers?: { readonly [name: string]: Contract } | undefined;
  readonly functions?:
    | readonly { readonly step: string | null; readonly document?: unknown }[]
    | undefined;
}

interface FunctionDocument extends Contract {
  /** Of an agent: what it must produce. */
  readonly artifact?: Schema;
  readonly tools?: readonly (Contract & {
    readonly name: string;
    readonly function?: string;
    readonly redact?: readonly string[];
  })[];
}

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

export class RunRedaction {
  readonly #masks = new ValueMasks();
  readonly #run: Contract;
  readonly #steps = new Map<string, Contract[]>();
  readonly #tools = new Map<string, Contract[]>();
  readonly #paths = new Map<string, readonly string[]>();
  /** Step of each chain of task events, by the id of its last event so far. */
  readonly #calls = new Map<number, string>();
  readonly #stored = new Map<string, Set<JsonObject>>();
  readonly #names = new Set<string>();
  /** What is stored, by digest: whether every contract that describes it says that anybody may see it. */
  readonly #references = new Map<string, boolean>();
  readonly #isNeeded: boolean;

  constructor({ contracts, handlers = {}, functions = [] }: ClassedPlan) {
    this.#run = contracts ?? {};
    for (const [name, contract] of Object.entries(handlers)) add(this.#steps, name, contract);
    for (const { step, document } of functions) {
      const { input, output, artifact, tools } = (document ?? {}) as FunctionDocument;
      if (step !== null) add(this.#steps, step, { input, output: output ?? artifact });
      // The function of an MCP server has its tools by name; agents say again what they class.
      const own = Array.isArray(tools) ? (tools as NonNullable<FunctionDocument["tools"]>) : [];
      for (const { name, function: runs, redact = [], ...contract } of own) {
        for (const each of [contract, handlers[runs ?? ""] ?? {}]) add(this.#tools, name, each);
        if (redact.length > 0) this.#paths.set(name, redact);
      }
    }
    const all = [this.#run, ...[...this.#steps.values(), ...this.#tools.values()].flat()];
    const schemas = all.flatMap(({ input, output }) => [input, output]).filter(isSchema);
    for (const schema of schemas) namesIn(schema, this.#names);
    this.#isNeeded = this.#paths.size > 0 || schemas.some(isClassed);
  }

  /** False where no contract classes anything: nothing has to be looked at, or changes. */
  get isNeeded(): boolean {
    return this.#isNeeded || !this.#masks.isEmpty;
  }

  /**
   * Of these digests, the ones that may not be copied. Nothing masks what is stored, and code may have
   * written there what it was given: where a bundle classes anything, only what every contract that
   * describes it calls open may leave its place.
   */
  withheld(digests: Iterable<string>): readonly string[] {
    if (!this.isNeeded) return [];
    return [...digests].filter((digest) => this.#references.get(digest) !== true).sort();
  }

  seeEvent(event: RunEvent): void {
    const { id, previousEventId, type } = event;
    for (const [name, details] of Object.entries(event)) {
      if (!name.endsWith("EventDetails") || !isObject(details)) continue;
      if (type === "ExecutionStarted") this.#seeStart(parse(details.input));
      else if (type === "ExecutionSucceeded") this.#see(parse(details.output), this.#run.output);
      else if (type === "TaskScheduled") this.#seeCall(id, parse(details.parameters));
      else if (type.startsWith("Task")) {
        const step = this.#calls.get(previousEventId);
        if (step === undefined) continue;
        this.#calls.set(id, step);
        if (type === "TaskSucceeded") this.#seeResult(step, parse(details.output));
      }
    }
  }

  seeJournals({ steps }: RunJournals): void {
    for (const journal of steps) {
      if (journal.kind === "agent") this.#seeAgent(journal);
      else for (const { reply } of journal.answers) this.#seeText(journal.step, reply as unknown);
    }
  }

  /** Looks into what was too large to travel, as far as a contract says what is in it. */
  async seeStored(artifacts: Pick<Artifacts, "open">): Promise<void> {
    for (const [digest, schemas] of this.#stored) {
      const body = await readAll(artifacts.open(digest)).catch(() => undefined);
      const value = body && parse(Buffer.from(body).toString());
      if (value === undefined) continue;
      for (const schema of schemas) findClassed(value, schema, (found) => this.#masks.add(found));
    }
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

  /** The execution's input or output. */
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

  #seeStart(envelope: Json | undefined): void {
    if (isObject(envelope)) this.#see(envelope.input, this.#run.input);
  }

  #seeCall(event: number, parameters: Json | undefined): void {
    const call = isObject(parameters) ? parameters.Payload : undefined;
    if (!isObject(call) || !isObject(call.step) || typeof call.step.id !== "string") return;
    const step = call.step.id;
    this.#calls.set(event, step);
    for (const { input } of this.#steps.get(step) ?? []) {
      this.#see(call.input, input);
      this.#see(call.given, input);
    }
    if (!isObject(call.classes)) return;
    for (const [path, found] of Object.entries(call.classes)) {
      if (typeof found === "string") this.#seeAll(at(call.evidence, path), found);
    }
  }

  #seeResult(step: string, output: Json | undefined): void {
    const payload = isObject(output) && "Payload" in output ? output.Payload : output;
    for (const contract of this.#steps.get(step) ?? []) {
      this.#see(payload, contract.output);
      if (isObject(payload) && payload.status === "done")
        this.#see(payload.output, contract.output);
    }
  }

  #seeAgent({ step, entries }: Extract<StepJournal, { kind: "agent" }>): void {
    const outputs = (this.#steps.get(step) ?? []).map(({ output }) => output);
    for (const entry of entries) {
      if (entry.kind === "tool" && entry.result.status === "success") {
        this.#seeTool(entry.tool, "output", entry.result.value);
      } else if (entry.kind === "model") {
        for (const block of entry.content as unknown as readonly Json[]) {
          const use = isObject(block) ? block.toolUse : undefined;
          if (!isObject(use) || typeof use.name !== "string") continue;
          this.#seeTool(use.name, "input", use.input ?? null);
          // The reserved tool by which it hands its artifact in has no contract of its own.
          if (!this.#tools.has(use.name))
            for (const output of outputs) this.#see(use.input, output);
        }
        this.#seeText(step, entry.content as unknown);
      } else if (entry.kind === "done") {
        for (const output of outputs) this.#see(entry.artifact, output);
      } else if (entry.kind === "failed") {
        for (const output of outputs) this.#see(entry.partial, output);
      }
    }
  }

  #seeTool(tool: string, side: "input" | "output", value: Json): void {
    for (const contract of this.#tools.get(tool) ?? []) this.#see(value, contract[side]);
    for (const path of this.#paths.get(tool) ?? []) this.#seeAll(at(value, path), "redacted");
  }

  /** A model's answer is often the artifact as JSON text. */
  #seeText(step: string, value: unknown): void {
    if (typeof value === "string") {
      const parsed = parse(value);
      for (const { output } of this.#steps.get(step) ?? []) this.#see(parsed, output);
    } else if (typeof value === "object" && value !== null) {
      for (const member of Object.values(value)) this.#seeText(step, member);
    }
  }

  #seeAll(value: Json | undefined, found: string): void {
    if (value !== undefined) this.#see(value, { "x-data-class": found });
  }

  #see(value: Json | undefined, schema: Schema | null | undefined): void {
    if (value === undefined || schema === true || !schema) return;
    if (!this.isNeeded && !isClassed(schema)) return;
    findClassed(
      value,
      schema,
      (found) => this.#masks.add(found),
      ({ digest, isOpen }) => {
        this.#references.set(digest, isOpen && this.#references.get(digest) !== false);
      },
    );
    if (!isClassed(schema)) return;
    for (const [digest, part] of storedIn(value, schema)) {
      this.#stored.set(digest, (this.#stored.get(digest) ?? new Set()).add(part));
    }
  }
}

/** Values that were stored whole, or as members of the whole (`storeLargeValues`). */
function* storedIn(value: Json, schema: JsonObject): Generator<[string, JsonObject]> {
  if (!isObject(value)) return;
  if (typeof value.$stored === "string") yield [value.$stored, schema];
  for (const [name, member] of Object.entries(value)) {
    if (!isObject(member) || typeof member.$stored !== "string") continue;
    const properties = isObject(schema.properties) ? schema.properties : {};
    const own = properties[name] ?? schema.additionalProperties;
    if (isObject(own)) yield [member.$stored, { ...definitionsOf(schema), ...own }];
  }
}

/** What references of a part may lead to. */
function definitionsOf({ $defs, definitions }: JsonObject): JsonObject {
  return {
    ...($defs !== undefined && { $defs }),
    ...(definitions !== undefined && { definitions }),
  };
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

function add(map: Map<string, Contract[]>, name: string, contract: Contract): void {
  map.set(name, [...(map.get(name) ?? []), contract]);
}

/** Names of properties that contracts declare: they are no data, whatever values are called. */
function namesIn(schema: Json, names: Set<string>): void {
  if (typeof schema !== "object" || schema === null) return;
  if (isObject(schema) && isObject(schema.properties)) {
    for (const name of Object.keys(schema.properties)) names.add(name);
  }
  for (const member of Object.values(schema)) namesIn(member, names);
}

function at(value: Json | undefined, path: string): Json | undefined {
  let found = value;
  for (const part of path.split(".")) {
    if (Array.isArray(found)) return found.map((each) => at(each, part) ?? null);
    found = isObject(found) ? found[part] : undefined;
  }
  return found;
}

function isSchema(value: Schema | null | undefined): value is JsonObject {
  return value !== true && value !== null && value !== undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: unknown): Json | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
