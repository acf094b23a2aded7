/** Items of the table, to and from those of the port. */
import { indexKeys, TABLE } from "../runtime/deployed.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { RecordItem, RecordKey } from "../runtime/ports.ts";
import type { AttributeValue } from "./dynamo-calls.ts";

export type Attributes = Record<string, AttributeValue>;

/** Names this write, so that a write that is sent twice knows itself. */
const WRITE = "write";

/**
 * `data` is stored as JSON text: DynamoDB's own documents have no empty names, end at 32 levels and
 * keep 38 digits, and would let the same value come back differently than from a file.
 */
export function attributesOf(item: RecordItem, write: string): Attributes {
  const attributes: Attributes = {
    ...keyAttributes(item.key),
    [TABLE.version]: { N: String(item.version) },
    [TABLE.data]: { S: JSON.stringify(item.data) },
    [WRITE]: { S: write },
  };
  if (item.expiresAt !== undefined) attributes[TABLE.expiresAt] = { N: String(item.expiresAt) };
  for (const [index, key] of Object.entries(item.indexes ?? {})) {
    const names = indexKeys(index);
    attributes[names.partition] = { S: key.partition };
    attributes[names.sort] = { S: key.sort };
  }
  return attributes;
}

/** Throws `TypeError` for an item that this file has not written. */
export function itemOf(attributes: Attributes, indexNames: readonly string[]): RecordItem {
  const indexes: Record<string, RecordKey> = {};
  for (const index of indexNames) {
    const names = indexKeys(index);
    const partition = attributes[names.partition]?.S;
    const sort = attributes[names.sort]?.S;
    if (partition !== undefined && sort !== undefined) indexes[index] = { partition, sort };
  }
  const key = keyOf(attributes);
  const expiresAt = attributes[TABLE.expiresAt]?.N;
  const data = attributes[TABLE.data]?.S;
  const version = attributes[TABLE.version]?.N;
  if (data === undefined || version === undefined) {
    throw new TypeError(`The table's item ${key.partition} / ${key.sort} is none of Espalier's.`);
  }
  return {
    key,
    data: JSON.parse(data) as JsonObject,
    ...(Object.keys(indexes).length > 0 && { indexes }),
    ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }),
    version: Number(version),
  };
}

export function writeOf(attributes: Attributes | undefined): string | undefined {
  return attributes?.[WRITE]?.S;
}

export function keyAttributes({ partition, sort }: RecordKey): Attributes {
  return { [TABLE.partition]: { S: partition }, [TABLE.sort]: { S: sort } };
}

export function keyOf(attributes: Attributes): RecordKey {
  return {
    partition: attributes[TABLE.partition]?.S ?? "",
    sort: attributes[TABLE.sort]?.S ?? "",
  };
}
