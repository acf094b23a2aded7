import type { StepPorts } from "../runtime/invoke-step.ts";
import type { AwsClients } from "./clients.ts";
import { lambdaClock } from "./clock.ts";
import { DynamoRecords } from "./dynamo-records.ts";
import { S3Artifacts } from "./s3-artifacts.ts";
import { S3Objects } from "./s3-objects.ts";

/** Names of what the ports stand on. */
export interface PortPlaces {
  readonly table: string;
  readonly runsBucket: string;
  /** Retention class of artifacts. */
  readonly retention?: string | undefined;
}

/** What a step is given. Nothing is loaded, made or called before a port is used. */
export function stepPorts(
  { table, runsBucket, retention }: PortPlaces,
  { s3, dynamo }: Pick<AwsClients, "s3" | "dynamo">,
): StepPorts {
  return {
    artifacts: new S3Artifacts(
      new S3Objects(runsBucket, s3),
      retention === undefined ? {} : { retention },
    ),
    records: new DynamoRecords({ table, clock: lambdaClock, client: dynamo }),
    clock: lambdaClock,
  };
}
