/** What the functions of an environment have in common, and how each is made. */
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { PARTITIONS, VARIABLES } from "../../../runtime/deployed.ts";
import { acknowledgeWildcard } from "../../acknowledge.ts";
import { type Handler, handlerPackage } from "../../code/handlers.ts";
import * as grants from "../../grants.ts";
import { KitFunction, type KitFunctionProps } from "../../kit-function.ts";
import type { Buckets } from "../buckets.ts";
import type { Telling } from "../telling.ts";

export interface OwnFunctionsProps
  extends Pick<KitFunctionProps, "logRetention" | "removalPolicy"> {
  readonly environment: string;
  readonly buckets: Buckets;
  readonly table: Table;
  readonly deadLetters: Queue;
  readonly encryptionKey: IKey | undefined;
  readonly handlers: string | undefined;
  /** Variables that every function has. */
  readonly variables: Readonly<Record<string, string>>;
  readonly retentionClass: string;
  readonly traceContent: boolean;
  /** Absent: nobody is told, and there are no pages. */
  readonly telling: Telling | undefined;
}

/** Makes functions in one scope, with what all of them have, and accepts their wildcards by name. */
export class OwnFunctionMaker {
  /** The functions lie in it. */
  readonly scope: Construct;
  readonly props: OwnFunctionsProps;

  constructor(scope: Construct, props: OwnFunctionsProps) {
    this.scope = scope;
    this.props = props;
  }

  make(
    handler: Handler,
    {
      files,
      ...props
    }: Omit<KitFunctionProps, "files" | "logRetention" | "removalPolicy"> &
      Partial<Pick<KitFunctionProps, "files">>,
  ): KitFunction {
    const { logRetention, removalPolicy, handlers, encryptionKey } = this.props;
    const made = new KitFunction(this.scope, handler[0]?.toUpperCase() + handler.slice(1), {
      ...props,
      files: new Map([...handlerPackage(handler, handlers), ...(files ?? [])]),
      logRetention,
      removalPolicy,
    });
    return made.allow(...grants.useKey(encryptionKey));
  }

  /** Entries are added and read; nothing that runs here deletes one. */
  appendAudit(): PolicyStatement {
    const actions = ["GetItem", "PutItem", "Query"] as const;
    return grants.itemsFor(this.props.table, actions, [PARTITIONS.audit]);
  }

  runsVariables(): Record<string, string> {
    const { variables, buckets, retentionClass } = this.props;
    return {
      ...variables,
      [VARIABLES.runsBucket]: buckets.runs.bucketName,
      [VARIABLES.retention]: retentionClass,
    };
  }

  /** Wildcards under these prefixes of buckets, each for a reason. */
  accept(
    made: KitFunction,
    ...objects: readonly (readonly [Buckets["runs"], string, string])[]
  ): void {
    for (const [bucket, prefix, reason] of objects) {
      this.acceptArn(made, bucket.arnForObjects(`${prefix}*`), reason);
    }
  }

  acceptArn(made: KitFunction, arn: string, reason: string): void {
    acknowledgeWildcard(made.role, arn, reason);
  }
}
