/** Clients of the adapters that talk to something on this machine. */

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { type AwsAccess, clientSettings } from "../../lib/aws/client-settings.ts";
import { LOCAL_AWS } from "./dynalite.ts";

const at = (endpoint: string) => ({
  ...clientSettings({} satisfies AwsAccess),
  ...LOCAL_AWS,
  endpoint,
});

export function dynamoAt(endpoint: string): () => Promise<DynamoDBClient> {
  const client = new DynamoDBClient(at(endpoint));
  return async () => client;
}

export function sfnAt(endpoint: string): () => Promise<SFNClient> {
  const client = new SFNClient(at(endpoint));
  return async () => client;
}

export function s3At(endpoint: string): () => Promise<S3Client> {
  const client = new S3Client({
    ...at(endpoint),
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return async () => client;
}
