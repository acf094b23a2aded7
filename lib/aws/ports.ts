import type { Ports } from "../runtime/ports.ts";
import type { AwsClients } from "./clients.ts";
import { SfnTokens } from "./sfn-tokens.ts";
import { type PortPlaces, stepPorts } from "./step-ports.ts";

/** All ports on AWS. Nothing is loaded, made or called before one is used. */
export function awsPorts(
  places: PortPlaces,
  clients: Pick<AwsClients, "s3" | "dynamo" | "sfn">,
): Ports {
  return { ...stepPorts(places, clients), tokens: new SfnTokens(clients.sfn) };
}
