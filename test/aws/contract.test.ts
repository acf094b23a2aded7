/** The adapters on AWS keep the same contracts as those on files. */
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
import { type Dynalite, startDynalite } from "./dynalite.ts";
import { type S3Server, startS3 } from "./s3-server.ts";
import { tokenWorld } from "./token-world.ts";

let dynalite: Dynalite;
let s3: S3Server;
beforeAll(async () => {
  [dynalite, s3] = await Promise.all([startDynalite(), startS3()]);
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
describeArtifacts("S3", async () => ({
  port: new S3Artifacts(new S3Objects(`runs-${++buckets}`, s3At(s3.url))),
}));

describeArtifacts("S3, with streams through files and in parts", async () => ({
  port: new S3Artifacts(new S3Objects(`runs-${++buckets}`, s3At(s3.url)), {
    memoryBytes: 100_000,
    partBytes: 5 * 1024 * 1024,
    retention: "standard",
  }),
}));

describeTokens("Step Functions", () => tokenWorld((url) => new SfnTokens(sfnAt(url))));
