/** The calls of DynamoDB that we use. Loaded on first use, through `lazy`. */
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const dynamo = {
  batchWrite: BatchWriteItemCommand,
  delete: DeleteItemCommand,
  get: GetItemCommand,
  put: PutItemCommand,
  query: QueryCommand,
  update: UpdateItemCommand,
} as const;

export type { AttributeValue, DynamoDBClient, WriteRequest } from "@aws-sdk/client-dynamodb";

export function makeDynamoClient(access?: AwsAccess): DynamoDBClient {
  return new DynamoDBClient(clientSettings(access));
}
