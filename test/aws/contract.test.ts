/**
 * The adapters on AWS keep the same contracts as those on files. With `ESPALIER_TEST_ENDPOINT` (the
 * address of an emulator) tables and buckets are made there; else in dynalite and in the tests' own S3.
 */
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll } from "vitest";
import { lambdaClock } from "../../lib/aws/clock.ts";
import { DynamoRecords } from "../../lib/aws/dynamo-records.ts";
import { S3Artifacts } from "../../lib/aws/s3-artifacts.ts";
import { S3Objects } from "../../lib/aws/s3-objects.ts";
import { SfnTokens } from "../../lib/aws/sfn-tokens.ts";
import { describeArtifacts } from "../contract/describe-artifacts.ts";
import { describeClock } from "../contract/describe-clock.ts";
import { describeRecords } from "../contract/describe-records.ts";
import { describeTokens } from "../contract/describe-tokens.ts";
import { dynamoAt, s3At, sfnAt } from "./aws-world.ts";
import { type Dynalite, dynamoOf, startDynalite } from "./dynalite.ts";
import { type S3Server, startS3 } from "./s3-server.ts";
import { tokenWorld } from "./token-world.ts";

let dynalite: Dynalite;
let s3: Pick<S3Server, "url" | "close">;
const emulator = process.env.ESPALIER_TEST_ENDPOINT;
beforeAll(async () => {
  if (emulator === undefined) [dynalite, s3] = await Promise.all([startDynalite(), startS3()]);
  else [dynalite, s3] = [dynamoOf(emulator), { url: emulator, close: async () => undefined }];
});
afterAll(async () => {
  await Promise.all([dynalite?.close(), s3?.close()]);
});

describeClock("a function's", async () => ({ port: lambdaClock }));

/** Names of the suite, some of which are no names for an index of DynamoDB's. */
const INDEXES = {
  status: "status",
  owner: "owner",
  due: "due",
  other: "other",
  i: "index-i",
  "a b": "index-a",
  "../x": "index-x",
  Über: "index-u",
};

describeRecords("DynamoDB", async (clock) => {
  const table = await dynalite.createTable(INDEXES);
  return {
    port: new DynamoRecords({ table, clock, client: dynamoAt(dynalite.url), indexes: INDEXES }),
  };
});

let buckets = 0;
async function makeBucket(): Promise<S3Objects> {
  const Bucket = `runs-${process.pid}-${++buckets}`;
  const client = s3At(s3.url);
  if (emulator !== undefined) await (await client()).send(new CreateBucketCommand({ Bucket }));
  return new S3Objects(Bucket, client);
}

describeArtifacts("S3", async () => ({ port: new S3Artifacts(await makeBucket()) }));

describeArtifacts("S3, with streams through files and in parts", async () => ({
  port: new S3Artifacts(await makeBucket(), {
    memoryBytes: 100_000,
    partBytes: 5 * 1024 * 1024,
    retention: "standard",
  }),
}));

describeTokens("Step Functions", () => tokenWorld((url) => new SfnTokens(sfnAt(url))));
