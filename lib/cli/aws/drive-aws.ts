import type { DeployedControl } from "../../runtime/kept-files.ts";
import type { DeployedPlace } from "../runs/place.ts";
import { awsFailure } from "./aws-failure.ts";
import { type AwsTarget, DEFAULT_ENVIRONMENT } from "./aws-target.ts";

/**
 * Finds the deployed environment and works with its runs. Throws `RequestError`, and a `Failure` for
 * what AWS or the way to it refuses.
 */
export async function driveAws<T>(
  target: AwsTarget,
  use: (control: DeployedControl, place: DeployedPlace) => Promise<T>,
): Promise<T> {
  const { environment = DEFAULT_ENVIRONMENT, ...access } = target;
  try {
    // Loaded here alone: work on this machine never loads the AWS SDK.
    const { openAwsControl } = await import("../../aws/control/aws-control.ts");
    const control = await openAwsControl({ environment, ...access });
    try {
      return await use(control, { kind: "deployed", environment });
    } finally {
      await control.close();
    }
  } catch (error) {
    throw awsFailure(error, target) ?? error;
  }
}
