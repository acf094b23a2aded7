/**
 * The handful of things that the runtime needs from the world. Each has an adapter on files
 * (`lib/local`) and one on AWS (`lib/aws`); one contract test suite (`test/contract`) runs
 * against both. Rules live in the runtime; an adapter only stores.
 */
import type { Json, JsonObject } from "./json.ts";

/** A content-addressed value: travels through a state machine in place of the bytes. */
export interface ArtifactRef {
  /** `sha256:` and 64 lower-case hex digits: the digest of the bytes. */
  readonly $artifact: string;
  readonly bytes: number;
  readonly mediaType: string;
  /** A file name for people; no part of the identity. */
  readonly name?: string;
}

/** Content-addressed, write-once storage (S3, or a folder). */
export interface Artifacts {
  /** Stores the bytes; storing the same bytes again changes nothing and gives the same digest. */
  put(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef>;
  /** Reads the bytes. Throws `ArtifactNotFound`, and `ArtifactCorrupt` if they no longer match. */
  open(digest: string): AsyncIterable<Uint8Array>;
  /** Size in bytes, or undefined if there is no such artifact. */
  stat(digest: string): Promise<{ readonly bytes: number } | undefined>;
}

export interface RecordKey {
  readonly partition: string;
  readonly sort: string;
}

/** One item of the table. `indexes` name the further keys under which it is found. */
export interface RecordItem {
  readonly key: RecordKey;
  readonly data: JsonObject;
  readonly indexes?: { readonly [index: string]: RecordKey };
  /** Unix seconds; an item past it may disappear at any time, and is never returned. */
  readonly expiresAt?: number;
  /** Counts from 1, one up with each write; what conditions compare. */
  readonly version: number;
}

/** What must hold when the write happens, else `ConditionFailed` and nothing is written. */
export type Condition = { readonly absent: true } | { readonly version: number };

export interface RecordQuery {
  /** Query this index instead of the primary key. Indexes may lag behind writes. */
  readonly index?: string;
  readonly partition: string;
  readonly prefix?: string;
  readonly order?: "ascending" | "descending";
  /** Items a page, 1 to 1000; default 100. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface RecordPage {
  readonly items: readonly RecordItem[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** Items with conditional writes (one DynamoDB table, or a folder). */
export interface Records {
  get(key: RecordKey): Promise<RecordItem | undefined>;
  /** Writes the whole item. Throws `ConditionFailed` (with the item that stands) if the condition fails. */
  put(item: Omit<RecordItem, "version">, condition?: Condition): Promise<RecordItem>;
  delete(key: RecordKey, condition?: Condition): Promise<void>;
  /**
   * Deletes all of these items, in any order; one that is not there is fine. If it fails, some of them
   * may still stand: do it again.
   */
  deleteAll(keys: readonly RecordKey[]): Promise<void>;
  query(query: RecordQuery): Promise<RecordPage>;
}

/** Task tokens of Step Functions. All throw `TokenGone` if the task no longer waits. */
export interface Tokens {
  succeed(token: string, output: Json): Promise<void>;
  fail(token: string, error: string, cause: string): Promise<void>;
  heartbeat(token: string): Promise<void>;
}

export interface Clock {
  now(): Date;
}

/** What a step, and every function of the platform, is given. */
export interface Ports {
  readonly artifacts: Artifacts;
  readonly records: Records;
  readonly tokens: Tokens;
  readonly clock: Clock;
}
