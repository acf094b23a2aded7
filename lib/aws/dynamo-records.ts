/**
 * The port `Records` on one DynamoDB table. Every write carries its condition to the table, so any
 * number of functions may write at once. An item past its time is nothing to anybody, whether
 * DynamoDB has removed it yet (within days) or not.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { INDEXES, TABLE } from "../runtime/deployed.ts";
import { ConditionFailed } from "../runtime/errors.ts";
import type {
  Clock,
  Condition,
  RecordItem,
  RecordKey,
  RecordPage,
  RecordQuery,
  Records,
} from "../runtime/ports.ts";
import {
  checkCondition,
  checkRecordKey,
  checkRecordSize,
  isExpired,
} from "../runtime/record-rules.ts";
import { deleteBatches } from "./dynamo-batch.ts";
import type { DynamoDBClient } from "./dynamo-calls.ts";
import { type Attributes, attributesOf, itemOf, keyAttributes, writeOf } from "./dynamo-item.ts";
import { queryPage } from "./dynamo-query.ts";
import { isServiceError } from "./service-error.ts";

export interface DynamoRecordsOptions {
  readonly table: string;
  readonly clock: Clock;
  readonly client: () => Promise<DynamoDBClient>;
  /** Index → its name on the table. Default: those that an environment has, under their own names. */
  readonly indexes?: Readonly<Record<string, string>>;
}

const OWN_NAMES = Object.fromEntries(INDEXES.map((index) => [index, index]));

export class DynamoRecords implements Records {
  readonly #table: string;
  readonly #clock: Clock;
  readonly #client: () => Promise<DynamoDBClient>;
  readonly #indexes: Readonly<Record<string, string>>;

  constructor({ table, clock, client, indexes = OWN_NAMES }: DynamoRecordsOptions) {
    this.#table = table;
    this.#clock = clock;
    this.#client = client;
    this.#indexes = indexes;
  }

  /** Strongly consistent: sees every write that was answered before. */
  async get(key: RecordKey): Promise<RecordItem | undefined> {
    checkRecordKey(key);
    return this.#visible(await this.#read(key));
  }

  async #read(key: RecordKey): Promise<Attributes | undefined> {
    const { client, calls } = await this.#calls();
    const { Item } = await client.send(
      new calls.get({ TableName: this.#table, Key: keyAttributes(key), ConsistentRead: true }),
    );
    return Item;
  }

  async put(item: Omit<RecordItem, "version">, condition?: Condition): Promise<RecordItem> {
    this.#check(item);
    if (condition) {
      const version = "absent" in condition ? 1 : condition.version + 1;
      return this.#write({ ...item, version }, condition);
    }
    // Whatever stands there: usually nothing, and else what the refusal has brought along.
    let over: Condition = { absent: true };
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.put(item, over);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const { standing } = error;
        over = standing ? { version: standing.version } : { absent: true };
      }
      // Somebody else writes the same item right now.
      if (tries > 0) await sleep(Math.random() * Math.min(200, 10 * 2 ** tries));
    }
  }

  async #write(item: RecordItem, condition: Condition): Promise<RecordItem> {
    const { client, calls } = await this.#calls();
    const write = randomUUID();
    const attributes = attributesOf(item, write);
    try {
      await client.send(
        new calls.put({
          TableName: this.#table,
          Item: attributes,
          ...this.#expression(condition),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
    } catch (error) {
      const standing = await this.#standing(error, item.key);
      // The answer to the first attempt was lost, and the client's second has met our own item.
      if (writeOf(standing) !== write) throw this.#refusal(item.key, condition, standing, error);
    }
    // As the table has it: nothing of it is the caller's own any more.
    return itemOf(attributes, Object.keys(this.#indexes));
  }

  async delete(key: RecordKey, condition?: Condition): Promise<void> {
    checkRecordKey(key);
    const { client, calls } = await this.#calls();
    try {
      await client.send(
        new calls.delete({
          TableName: this.#table,
          Key: keyAttributes(key),
          ...(condition && {
            ...this.#expression(condition),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        }),
      );
    } catch (error) {
      const standing = await this.#standing(error, key);
      // Sent more than once: nothing stands there any more because an earlier attempt has arrived.
      if (!standing && isServiceError(error) && (error.$metadata.attempts ?? 1) > 1) return;
      if (condition) throw this.#refusal(key, condition, standing, error);
      throw error;
    }
  }

  async deleteAll(keys: readonly RecordKey[]): Promise<void> {
    for (const key of keys) checkRecordKey(key);
    const [only, ...others] = keys;
    if (!only) return;
    if (others.length === 0) return this.delete(only);
    const { client, calls } = await this.#calls();
    await deleteBatches(keys, {
      send: (RequestItems) => client.send(new calls.batchWrite({ RequestItems })),
      table: this.#table,
    });
  }

  async query(query: RecordQuery): Promise<RecordPage> {
    if (query.index !== undefined) this.#checkIndex(query.index);
    const { client, calls } = await this.#calls();
    return queryPage(query, {
      send: (input) => client.send(new calls.query(input)),
      table: this.#table,
      indexes: this.#indexes,
      now: () => this.#clock.now(),
    });
  }

  async #calls() {
    const [client, { dynamo }] = await Promise.all([this.#client(), import("./dynamo-calls.ts")]);
    return { client, calls: dynamo };
  }

  #check(item: Omit<RecordItem, "version">): void {
    checkRecordKey(item.key);
    for (const [index, key] of Object.entries(item.indexes ?? {})) {
      this.#checkIndex(index);
      checkRecordKey(key);
    }
    checkRecordSize(JSON.stringify(item.data));
  }

  /** An item in an index that the table does not have would never be found. */
  #checkIndex(index: string): void {
    if (Object.hasOwn(this.#indexes, index)) return;
    const known = Object.keys(this.#indexes).join(", ");
    throw new TypeError(`The table has no index "${index}"; it has ${known}.`);
  }

  #expression(condition: Condition) {
    const isAbsent = "absent" in condition;
    return {
      ConditionExpression: isAbsent
        ? "attribute_not_exists(#key) OR #expires <= :now"
        : "#version = :version AND (attribute_not_exists(#expires) OR #expires > :now)",
      ExpressionAttributeNames: {
        "#expires": TABLE.expiresAt,
        ...(isAbsent ? { "#key": TABLE.partition } : { "#version": TABLE.version }),
      },
      ExpressionAttributeValues: {
        ":now": { N: String(this.#clock.now().getTime() / 1000) },
        ...(!isAbsent && { ":version": { N: String(condition.version) } }),
      },
    };
  }

  /** What stood in the way of a conditional write. Throws whatever else went wrong. */
  async #standing(error: unknown, key: RecordKey): Promise<Attributes | undefined> {
    if (!isServiceError(error, "ConditionalCheckFailedException")) throw error;
    const { Item } = error as typeof error & { readonly Item?: Attributes };
    return Item ?? (await this.#read(key));
  }

  #refusal(
    key: RecordKey,
    condition: Condition,
    found: Attributes | undefined,
    cause: unknown,
  ): ConditionFailed {
    const standing = this.#visible(found);
    try {
      checkCondition(key, condition, standing);
    } catch (error) {
      if (error instanceof ConditionFailed) return error;
      throw error;
    }
    // Read after the refusal: what stood in the way has gone already.
    const place = `${key.partition} / ${key.sort}`;
    const message = `${place}: another write was under way at the same moment.`;
    return Object.assign(new ConditionFailed(message, standing), { cause });
  }

  #visible(attributes: Attributes | undefined): RecordItem | undefined {
    if (!attributes) return undefined;
    const item = itemOf(attributes, Object.keys(this.#indexes));
    return isExpired(item, this.#clock.now()) ? undefined : item;
  }
}
