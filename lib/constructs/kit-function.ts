import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { acknowledgeWildcard } from "./acknowledge.ts";
import type { Package } from "./code/handlers.ts";
import { stageFolder } from "./code/staged-files.ts";

/** Newest LTS of Node that Lambda runs. A newer one is taken here, on purpose, and tested. */
export const RUNTIME: Runtime = Runtime.NODEJS_24_X;

export interface KitFunctionProps {
  readonly description: string;
  /** Has `index.mjs` with an export `handler`. */
  readonly files: Package;
  /** Seconds, 1 to 900. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  /** Of the log group. */
  readonly removalPolicy: RemovalPolicy;
  /** Takes events that the function failed at, after Lambda's two retries. */
  readonly deadLetterQueue?: IQueue;
}

/** A function with a role, a log group and nothing that it was not given. */
export class KitFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: KitFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Logs", {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        logs: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
        tracing: new PolicyDocument({ statements: [tracing()] }),
      },
    });
    acknowledgeTracing(this.role);
    const { path, assetHash } = stageFolder(this, props.files);
    this.function = this.#make(Code.fromAsset(path, { assetHash }), logGroup, props);
    // Not `tracing: ACTIVE`: the CDK would put X-Ray's wildcard among the function's own permissions,
    // where accepting it would accept every other wildcard as well.
    const resource = this.function.node.defaultChild as CfnFunction;
    resource.tracingConfig = { mode: "Active" };
  }

  #make(code: Code, logGroup: LogGroup, props: KitFunctionProps): LambdaFunction {
    return new LambdaFunction(this, "Function", {
      description: props.description,
      code,
      handler: "index.handler",
      runtime: RUNTIME,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(props.timeout),
      memorySize: props.memory,
      environment: { ...props.environment },
      role: this.role,
      logGroup,
      ...(props.deadLetterQueue && { deadLetterQueue: props.deadLetterQueue }),
      // A run in flight goes on with the version that it began with.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
  }

  allow(...statements: readonly PolicyStatement[]): this {
    for (const statement of statements) this.role.addToPolicy(statement);
    return this;
  }
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html */
export function tracing(): PolicyStatement {
  return new PolicyStatement({
    actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    resources: ["*"],
  });
}

/** Accepts the wildcards that a role itself has; policies that it gets later are not part of it. */
export function acknowledgeTracing(role: Role, more?: string): void {
  const resource = role.node.defaultChild;
  if (!resource) return;
  const tracing = "X-Ray's actions for sending traces know no resources";
  acknowledgeWildcard(resource, "*", more === undefined ? tracing : `${tracing}; ${more}`);
}
