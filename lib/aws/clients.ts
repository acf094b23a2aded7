/** The clients of a process: each is made, and its code loaded, when it is first needed. */
import type { AwsAccess } from "./client-settings.ts";
import { lazy } from "./lazy.ts";

export type AwsClients = ReturnType<typeof awsClients>;

export function awsClients(access: AwsAccess = {}) {
  return {
    s3: lazy(async () => (await import("./s3-calls.ts")).makeS3Client(access)),
    dynamo: lazy(async () => (await import("./dynamo-calls.ts")).makeDynamoClient(access)),
    sfn: lazy(async () => (await import("./sfn-calls.ts")).makeSfnClient(access)),
    sqs: lazy(async () => (await import("./sqs-calls.ts")).makeSqsClient(access)),
  };
}
