/**
 * The clients of a process. Each is made by a file of its own (`lazy-s3.ts`, …): a deployed function
 * carries the code of those that it names, and of no other.
 */
import type { lazyDynamo } from "./lazy-dynamo.ts";
import type { lazyS3 } from "./lazy-s3.ts";
import type { lazySfn } from "./lazy-sfn.ts";
import type { lazySqs } from "./lazy-sqs.ts";

export interface AwsClients {
  readonly s3: ReturnType<typeof lazyS3>;
  readonly dynamo: ReturnType<typeof lazyDynamo>;
  readonly sfn: ReturnType<typeof lazySfn>;
  readonly sqs: ReturnType<typeof lazySqs>;
}
