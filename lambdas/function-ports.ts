import type { AwsClients } from "../lib/aws/clients.ts";
import { optionalVariable, variable } from "../lib/aws/function-variables.ts";
import { awsPorts } from "../lib/aws/ports.ts";
import type { Ports } from "../lib/runtime/ports.ts";

/** The ports of a function of the platform, by its variables. */
export function functionPorts(clients: Pick<AwsClients, "s3" | "dynamo" | "sfn">): Ports {
  const places = {
    table: variable("table"),
    runsBucket: variable("runsBucket"),
    retention: optionalVariable("retention"),
  };
  return awsPorts(places, clients);
}
