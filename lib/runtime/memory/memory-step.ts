/** The `memory` step: reads, writes or forgets one entry, as the policy of the memory allows. */
import type { StepCall } from "../call.ts";
import type { Logger } from "../context.ts";
import { StepError } from "../errors.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Ports, RecordKey } from "../ports.ts";
import { loadStoredValues, storeLargeValues } from "../stored-value.ts";
import { type Change, updateRecord } from "../update-record.ts";
import type { MemoryDocument } from "./memory-document.ts";
import {
  type MemoryEntry,
  type MemoryProvenance,
  memoryEntryOf,
  memoryKeyOf,
} from "./memory-store.ts";

export interface MemoryStepWorld extends Pick<Ports, "records" | "artifacts" | "clock"> {
  readonly logger: Logger;
}

/** What the step returns: the entry as it stands afterwards. The compiler knows this shape. */
export interface MemoryStepOutput {
  /** Whether there is an entry. */
  readonly found: boolean;
  readonly key: string;
  /** Null where there is no entry (any more). */
  readonly value: Json;
  /** Who wrote it; null where there is no entry. */
  readonly provenance: MemoryProvenance | null;
}

/** Steps whose retries are recognised after others have written the same entry. */
const KEPT_WRITERS = 16;

/**
 * `with` is `{ key }`, and `{ key, value }` to write. An entry lives for the policy's retention after
 * its last write. A retry of a step that has written (or forgotten) changes nothing, also where others
 * have written since. Throws `Memory.Denied` (this workflow is no reader or writer; a run without the
 * customer that owns the memory), and `Contract.InputInvalid` (no key, no value, a value that is too
 * large).
 */
export async function runMemoryStep(
  document: MemoryDocument,
  call: StepCall,
  world: MemoryStepWorld,
): Promise<Json> {
  const { memory, version, operation } = document;
  checkPermission(document, call);
  const given = membersOf(await loadStoredValues(call.input, world.artifacts));
  const key = memoryKeyOf(document, call.run, given.key);
  const output = await perform(document, call, key, given.value, world);
  // Neither the key nor the value: both may name people.
  world.logger.info("Used a memory", { memory, version, operation, found: output.found });
  return storeLargeValues({ ...output } as JsonObject, world.artifacts);
}

function perform(
  document: MemoryDocument,
  call: StepCall,
  key: RecordKey,
  value: Json | undefined,
  world: MemoryStepWorld,
): Promise<MemoryStepOutput> {
  switch (document.operation) {
    case "read":
      return read(key, world);
    case "write":
      return change(document, call, key, checkValue(document, value), world);
    case "forget":
      return change(document, call, key, undefined, world);
    default:
      return document.operation satisfies never;
  }
}

async function read(key: RecordKey, { records }: MemoryStepWorld): Promise<MemoryStepOutput> {
  return outputOf(key, memoryEntryOf(await records.get(key)));
}

/** Writes the value, or where it is undefined, forgets. */
async function change(
  { retention }: MemoryDocument,
  call: StepCall,
  key: RecordKey,
  value: Json | undefined,
  { records, clock }: MemoryStepWorld,
): Promise<MemoryStepOutput> {
  const writer = idempotencyKeyOf(call);
  const now = clock.now();
  const { run, step } = call;
  const provenance: MemoryProvenance = {
    workflow: run.workflow,
    run: run.id,
    step: step.id,
    iteration: step.iteration,
    at: now.toISOString(),
  };
  const expiresAt = Math.ceil(now.getTime() / 1000) + retention;
  const { result } = await updateRecord(
    key,
    (item): Change<MemoryEntry | undefined> => {
      const standing = memoryEntryOf(item);
      const writers = standing?.writers ?? [];
      const isMine = writers.at(-1) === writer;
      if (isMine) return { keep: standing };
      // Done before, and somebody else has written since: theirs is the newer value.
      if (writers.includes(writer))
        return { keep: { ...standing, ...entryOf(value, provenance, []) } };
      const entry = entryOf(value, provenance, [...writers, writer].slice(-KEPT_WRITERS));
      return { write: { data: { ...entry } as unknown as JsonObject, expiresAt }, result: entry };
    },
    { records },
  );
  return outputOf(key, result);
}

function entryOf(
  value: Json | undefined,
  provenance: MemoryProvenance,
  writers: readonly string[],
): MemoryEntry {
  return value === undefined
    ? { value: null, provenance, writers, forgotten: true }
    : { value, provenance, writers };
}

function outputOf({ sort: key }: RecordKey, entry: MemoryEntry | undefined): MemoryStepOutput {
  return entry && entry.forgotten !== true
    ? { found: true, key, value: entry.value, provenance: entry.provenance }
    : { found: false, key, value: null, provenance: null };
}

function checkPermission(
  { memory, operation, readers, writers }: MemoryDocument,
  { run }: StepCall,
): void {
  const [allowed, list] = operation === "read" ? [readers, "readers"] : [writers, "writers"];
  if (allowed.includes(run.workflow)) return;
  const names = allowed.length === 0 ? "nobody" : allowed.join(", ");
  throw new StepError(
    "Memory.Denied",
    `The workflow "${run.workflow}" may not ${operation} in the memory "${memory}": its \`${list}\` are ${names}.`,
    { memory, operation, workflow: run.workflow, allowed },
  );
}

function checkValue({ memory, maxBytes }: MemoryDocument, value: Json | undefined): Json {
  if (value === undefined) {
    throw new StepError(
      "Contract.InputInvalid",
      `There is nothing to write into the memory "${memory}". Give it in \`with.value\`.`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= maxBytes) return value;
  throw new StepError(
    "Contract.InputInvalid",
    `The value has ${bytes} bytes as JSON; the memory "${memory}" takes ${maxBytes}. ` +
      "Store it as an artifact and remember the reference, or raise `maxBytes`.",
    { memory, bytes, maxBytes },
  );
}

function membersOf(input: Json): JsonObject {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return input;
  throw new StepError(
    "Contract.InputInvalid",
    "A memory step takes `with: { key }`, and to write `{ key, value }`.",
  );
}
