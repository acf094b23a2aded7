/** One page of items, with what DynamoDB pages, filters and cuts made up for. */
import type { QueryCommandInput, QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import { indexKeys, TABLE } from "../runtime/deployed.ts";
import type { RecordItem, RecordPage, RecordQuery } from "../runtime/ports.ts";
import { cursorOf, type Place, pageSizeOf, readCursor } from "../runtime/record-page.ts";
import { checkRecordKey } from "../runtime/record-rules.ts";
import { type Attributes, itemOf, keyAttributes } from "./dynamo-item.ts";

export interface QueryWorld {
  send(input: QueryCommandInput): Promise<QueryCommandOutput>;
  readonly table: string;
  readonly indexes: Readonly<Record<string, string>>;
  now(): Date;
}

/** A cursor holds two sort keys and a partition key, as JSON text in base 64; this is far beyond. */
const LONGEST_CURSOR = 64 * 1024;

/**
 * Throws `RangeError` for a page size, a key or a cursor that cannot be. DynamoDB counts items before
 * it filters, ends a page at 1 MB, and may say that there is more where nothing follows; so one item
 * more than asked for is looked at, and `next` is there only if it was found.
 */
export async function queryPage(query: RecordQuery, world: QueryWorld): Promise<RecordPage> {
  const size = pageSizeOf(query);
  checkRecordKey({ partition: query.partition, sort: query.prefix || "-" });
  const indexNames = Object.keys(world.indexes);
  const base = baseOf(query, world);
  const items: RecordItem[] = [];
  let from = startOf(query);
  do {
    const page = await world.send({
      ...base,
      Limit: size + 1 - items.length,
      ...(from && { ExclusiveStartKey: from }),
    });
    for (const attributes of page.Items ?? []) items.push(itemOf(attributes, indexNames));
    from = page.LastEvaluatedKey;
  } while (items.length <= size && from);
  const kept = items.slice(0, size);
  const last = kept.at(-1);
  if (items.length <= size || !last) return { items: kept };
  return { items: kept, next: cursorOf(placeOf(last, query)) };
}

function baseOf({ index, partition, prefix, order }: RecordQuery, world: QueryWorld) {
  const keys = index === undefined ? TABLE : indexKeys(index);
  const hasPrefix = prefix !== undefined && prefix !== "";
  return {
    TableName: world.table,
    // An index lags; the table itself is asked for what is true now.
    ...(index === undefined ? { ConsistentRead: true } : { IndexName: world.indexes[index] }),
    KeyConditionExpression: hasPrefix
      ? "#partition = :partition AND begins_with(#sort, :prefix)"
      : "#partition = :partition",
    FilterExpression: "attribute_not_exists(#expires) OR #expires > :now",
    ExpressionAttributeNames: {
      "#partition": keys.partition,
      "#expires": TABLE.expiresAt,
      ...(hasPrefix && { "#sort": keys.sort }),
    },
    ExpressionAttributeValues: {
      ":partition": { S: partition },
      ":now": { N: String(world.now().getTime() / 1000) },
      ...(hasPrefix && { ":prefix": { S: prefix } }),
    },
    ScanIndexForward: order !== "descending",
  } satisfies QueryCommandInput;
}

function startOf({ after, index, partition, prefix = "" }: RecordQuery): Attributes | undefined {
  if (after === undefined) return undefined;
  const place = after.length <= LONGEST_CURSOR ? readCursor(after) : undefined;
  const isOwn =
    place?.sort.startsWith(prefix) &&
    (index !== undefined || (place.key.partition === partition && place.key.sort === place.sort));
  // DynamoDB would refuse it as well, in words of its own.
  if (!place || !isOwn) throw new RangeError("`after` is not the `next` of a page of this query.");
  if (index === undefined) return keyAttributes(place.key);
  const names = indexKeys(index);
  return {
    ...keyAttributes(place.key),
    [names.partition]: { S: partition },
    [names.sort]: { S: place.sort },
  };
}

function placeOf({ key, indexes }: RecordItem, { index }: RecordQuery): Place {
  return { sort: index === undefined ? key.sort : (indexes?.[index]?.sort ?? ""), key };
}
