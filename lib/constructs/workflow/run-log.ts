/** The way from the log of an express machine to the index of runs. */
import { CfnPermission } from "aws-cdk-lib/aws-lambda";
import { CfnSubscriptionFilter, type LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Platform } from "../platform/platform.ts";

export interface RunLogProps {
  readonly platform: Platform;
  readonly logs: LogGroup;
}

/**
 * Hands beginnings and ends of executions to the platform's function `runs`, since EventBridge is not
 * told of express executions. The permission stands beside the log group, and not with the function:
 * the platform must not depend on its workflows.
 */
export class RunLog extends Construct {
  constructor(scope: Construct, id: string, { platform, logs }: RunLogProps) {
    super(scope, id);
    const { functionArn } = platform.functions.runs.function;
    const permission = new CfnPermission(this, "Permission", {
      action: "lambda:InvokeFunction",
      functionName: functionArn,
      principal: "logs.amazonaws.com",
      sourceArn: logs.logGroupArn,
    });
    const filter = new CfnSubscriptionFilter(this, "Filter", {
      logGroupName: logs.logGroupName,
      destinationArn: functionArn,
      filterPattern: '{ $.type = "Execution*" }',
    });
    filter.addResourceDependency(permission);
  }
}
