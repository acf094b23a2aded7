/** All ports on AWS. */
import type { Ports } from "../runtime/ports.ts";
import { type AwsClients, awsClients } from "./clients.ts";
import { lambdaClock } from "./clock.ts";
import { DynamoRecords } from "./dynamo-records.ts";
import { S3Artifacts } from "./s3-artifacts.ts";
import { S3Objects } from "./s3-objects.ts";
import { SfnTokens } from "./sfn-tokens.ts";

/** Names of what the ports stand on. */
export interface PortPlaces {
  readonly table: string;
  readonly runsBucket: string;
  /** Retention class of artifacts. */
  readonly retention?: string;
}

/** Nothing is loaded, made or called before a port is used. */
export function awsPorts(places: PortPlaces, clients: AwsClients = awsClients()): Ports {
  const { table, runsBucket, retention } = places;
  return {
    artifacts: new S3Artifacts(
      new S3Objects(runsBucket, clients.s3),
      retention === undefined ? {} : { retention },
    ),
    records: new DynamoRecords({ table, clock: lambdaClock, client: clients.dynamo }),
    tokens: new SfnTokens(clients.sfn),
    clock: lambdaClock,
  };
}
