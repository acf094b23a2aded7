/** The first pass: finds what the contracts of a bundle class, in events, journals and what is stored. */
import { readAll } from "../artifact-handle.ts";
import { findClassed, isClassed } from "../classed-values.ts";
import type { RunEvent } from "../control.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Artifacts } from "../ports.ts";
import type { RunJournals, StepJournal } from "../trace/run-journals.ts";
import { at, isObject, parse } from "./json-values.ts";
import type { PlanContracts, Schema } from "./plan-contracts.ts";
import type { ValueMasks } from "./value-masks.ts";

export class ClassedInRun {
  readonly #contracts: PlanContracts;
  readonly #masks: ValueMasks;
  /** Step of each chain of task events, by the id of its last event so far. */
  readonly #calls = new Map<number, string>();
  readonly #stored = new Map<string, Set<JsonObject>>();
  /** What is stored, by digest: whether every contract that describes it says that anybody may see it. */
  readonly #references = new Map<string, boolean>();

  constructor(contracts: PlanContracts, masks: ValueMasks) {
    this.#contracts = contracts;
    this.#masks = masks;
  }

  get isNeeded(): boolean {
    return this.#contracts.isClassed || !this.#masks.isEmpty;
  }

  withheld(digests: Iterable<string>): readonly string[] {
    if (!this.isNeeded) return [];
    return [...digests].filter((digest) => this.#references.get(digest) !== true).sort();
  }

  seeEvent(event: RunEvent): void {
    const { id, previousEventId, type } = event;
    for (const [name, details] of Object.entries(event)) {
      if (!name.endsWith("EventDetails") || !isObject(details)) continue;
      if (type === "ExecutionStarted") this.#seeStart(parse(details.input));
      else if (type === "ExecutionSucceeded")
        this.#see(parse(details.output), this.#contracts.run.output);
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

  async seeStored(artifacts: Pick<Artifacts, "open">): Promise<void> {
    for (const [digest, schemas] of this.#stored) {
      const body = await readAll(artifacts.open(digest)).catch(() => undefined);
      const value = body && parse(Buffer.from(body).toString());
      if (value === undefined) continue;
      for (const schema of schemas) findClassed(value, schema, (found) => this.#masks.add(found));
    }
  }

  #seeStart(envelope: Json | undefined): void {
    if (isObject(envelope)) this.#see(envelope.input, this.#contracts.run.input);
  }

  #seeCall(event: number, parameters: Json | undefined): void {
    const call = isObject(parameters) ? parameters.Payload : undefined;
    if (!isObject(call) || !isObject(call.step) || typeof call.step.id !== "string") return;
    const step = call.step.id;
    this.#calls.set(event, step);
    for (const { input } of this.#contracts.ofStep(step)) {
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
    for (const contract of this.#contracts.ofStep(step)) {
      this.#see(payload, contract.output);
      if (isObject(payload) && payload.status === "done")
        this.#see(payload.output, contract.output);
    }
  }

  #seeAgent({ step, entries }: Extract<StepJournal, { kind: "agent" }>): void {
    const outputs = this.#contracts.ofStep(step).map(({ output }) => output);
    for (const entry of entries) {
      if (entry.kind === "tool" && entry.result.status === "success") {
        this.#seeTool(entry.tool, "output", entry.result.value);
      } else if (entry.kind === "model") {
        for (const block of entry.content as unknown as readonly Json[]) {
          const use = isObject(block) ? block.toolUse : undefined;
          if (!isObject(use) || typeof use.name !== "string") continue;
          this.#seeTool(use.name, "input", use.input ?? null);
          // The reserved tool by which it hands its artifact in has no contract of its own.
          if (!this.#contracts.ofTool(use.name))
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
    for (const contract of this.#contracts.ofTool(tool) ?? []) this.#see(value, contract[side]);
    for (const path of this.#contracts.pathsOf(tool)) this.#seeAll(at(value, path), "redacted");
  }

  /** A model's answer is often the artifact as JSON text. */
  #seeText(step: string, value: unknown): void {
    if (typeof value === "string") {
      const parsed = parse(value);
      for (const { output } of this.#contracts.ofStep(step)) this.#see(parsed, output);
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
