/** The function that Secrets Manager calls for new keys of links. */
import { CfnPermission } from "aws-cdk-lib/aws-lambda";
import { CfnRotationSchedule } from "aws-cdk-lib/aws-secretsmanager";
import * as grants from "../../grants.ts";
import { ROTATION } from "../link-keys.ts";
import type { Telling } from "../telling.ts";
import type { OwnFunctionMaker } from "./own-function-maker.ts";

/** A new key for links every other month; the one before goes on verifying. */
export function rotateLinkKeys(own: OwnFunctionMaker, { keys }: Telling): void {
  const made = own
    .make("link-keys", {
      description: "Rotates the keys that sign links to approvals",
      timeout: 30,
      memory: 256,
      environment: { ...own.props.variables },
    })
    .allow(grants.rotateSecret(keys.secretArn));
  // Not `addRotationSchedule`: it would add wildcards of its own to what the function may do.
  const invoke = new CfnPermission(made, "Rotate", {
    action: "lambda:InvokeFunction",
    functionName: made.function.functionName,
    principal: "secretsmanager.amazonaws.com",
    sourceArn: keys.secretArn,
  });
  const schedule = new CfnRotationSchedule(keys, "Rotation", {
    secretId: keys.secretArn,
    rotationLambdaArn: made.function.functionArn,
    rotationRules: { automaticallyAfterDays: ROTATION.toDays() },
    rotateImmediatelyOnUpdate: false,
  });
  schedule.addResourceDependency(invoke);
  const policy = made.role.node.tryFindChild("DefaultPolicy");
  if (policy) schedule.node.addDependency(policy);
}
