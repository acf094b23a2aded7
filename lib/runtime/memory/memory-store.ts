/**
 * What workflows remember from run to run.
 *
 * | question              | where                     |
 * | --------------------- | ------------------------- |
 * | one entry             | key `memory#OWNER` / key  |
 * | all of one owner      | partition `memory#OWNER`  |
 *
 * OWNER is a digest of the environment, the memory's name, its scope and who shares it, so that
 * customers and addresses of people do not stand in keys.
 */
import type { RunIdentity } from "../call.ts";
import { digestOfJson } from "../canonical-json.ts";
import { StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { RecordItem, RecordKey } from "../ports.ts";
import type { MemoryDocument } from "./memory-document.ts";

/** Where a value comes from. */
export interface MemoryProvenance {
  readonly workflow: string;
  readonly run: string;
  readonly step: string;
  readonly iteration: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface MemoryEntry {
  readonly value: Json;
  readonly provenance: MemoryProvenance;
  /** Idempotency keys of the last steps that wrote it: a retry of one of them writes nothing. */
  readonly writers: readonly string[];
  /** True: forgotten. Stays for as long as a retry may come, and is nothing to readers. */
  readonly forgotten?: boolean;
}

/** Of the sort key of a table. */
const MAX_KEY_BYTES = 1024;

/** Throws `Memory.Denied` for a run that has no owner of this scope, `Contract.InputInvalid` for a bad key. */
export function memoryKeyOf(
  { memory, scope }: Pick<MemoryDocument, "memory" | "scope">,
  run: RunIdentity,
  key: unknown,
): RecordKey {
  if (typeof key !== "string" || key === "" || Buffer.byteLength(key) > MAX_KEY_BYTES) {
    const found = typeof key === "string" ? `${Buffer.byteLength(key)} bytes` : typeof key;
    throw new StepError(
      "Contract.InputInvalid",
      `The key of an entry is a text of 1 to ${MAX_KEY_BYTES} bytes, found ${found}. Give it in \`with.key\`.`,
    );
  }
  if (/\p{Surrogate}/u.test(key)) {
    throw new StepError(
      "Contract.InputInvalid",
      "The key of an entry has half of a surrogate pair; it must be valid Unicode.",
    );
  }
  const owner = digestOfJson([run.environment, memory, scope, ownerOf(scope, memory, run)]);
  return { partition: `memory#${owner}`, sort: key };
}

function ownerOf(scope: MemoryDocument["scope"], memory: string, run: RunIdentity): Json {
  switch (scope) {
    case "customer":
      if (run.customer !== null) return run.customer;
      throw new StepError(
        "Memory.Denied",
        `The memory "${memory}" belongs to customers, and run ${run.id} has none. ` +
          "Start runs of this workflow with a customer, or choose another scope.",
        { memory, scope },
      );
    case "principal":
      return run.principal;
    case "workflow":
      return run.workflow;
    case "run":
      return [run.workflow, run.id, run.startedAt];
    default:
      return scope satisfies never;
  }
}

/** Only this folder writes these items. */
export function memoryEntryOf(item: RecordItem | undefined): MemoryEntry | undefined {
  return item && (item.data as unknown as MemoryEntry);
}
