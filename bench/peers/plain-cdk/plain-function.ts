import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { type PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type Function as LambdaFunction, Tracing } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { FunctionCode } from "./code.ts";

export interface PlainFunctionProps {
  readonly code: FunctionCode;
  readonly handler: string;
  readonly environment: Record<string, string>;
  readonly statements: readonly PolicyStatement[];
  readonly deadLetterQueue?: IQueue;
}

/** A function with a log group and a role of its own. */
export class PlainFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: PlainFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    logGroup.grantWrite(role);
    for (const statement of props.statements) role.addToPolicy(statement);
    this.function = props.code.make(this, props.handler, {
      timeout: Duration.seconds(30),
      memorySize: 512,
      environment: props.environment,
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      ...(props.deadLetterQueue && { deadLetterQueue: props.deadLetterQueue }),
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
  }
}
