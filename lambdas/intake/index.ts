/** Starts runs of one workflow: for events, schedules, objects, HTTP requests, and the CLI. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lambdaClock } from "../../lib/aws/clock.ts";
import { DynamoRecords } from "../../lib/aws/dynamo-records.ts";
import { optionalVariable, variable } from "../../lib/aws/function-variables.ts";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { lazySqs } from "../../lib/aws/lazy-sqs.ts";
import { S3Artifacts } from "../../lib/aws/s3-artifacts.ts";
import { S3Objects } from "../../lib/aws/s3-objects.ts";
import { Intake } from "./intake-document.ts";
import { receive } from "./receive.ts";

const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
const s3 = lazyS3();
const retention = optionalVariable("retention");
const intake = Intake.parse(JSON.parse(readFileSync(join(root, "intake.json"), "utf8")));
const world = {
  intake,
  ...(intake.type === "express" && {
    ports: {
      records: new DynamoRecords({
        table: variable("table"),
        clock: lambdaClock,
        client: lazyDynamo(),
      }),
      clock: lambdaClock,
    },
  }),
  clients: { sfn: lazySfn(), sqs: lazySqs() },
  stateMachine: variable("stateMachine"),
  deadLetters: variable("deadLetters"),
  artifacts: new S3Artifacts(
    new S3Objects(variable("runsBucket"), s3),
    retention === undefined ? {} : { retention },
  ),
};

export function handler(payload: unknown): Promise<unknown> {
  return receive(payload, world);
}
