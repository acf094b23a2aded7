/** The permissions of the kit's own functions, one statement each: `README.md` has the table. */
import { ArnFormat, Stack } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import type { NotifySettings } from "../manifest/environment/notify-settings.ts";
import { environmentPrefix, OBJECTS } from "../runtime/deployed.ts";
import { CLAIMS, claimPrefix, machineLogGroup } from "../runtime/express.ts";

const ITEM_ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"];

/**
 * Reading and adding artifacts. Without `s3:ListBucket` S3 answers 403 for an object that is not
 * there; a step has no business to list what others stored.
 */
export function artifacts(runs: Bucket): PolicyStatement {
  return new PolicyStatement({
    actions: ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"],
    resources: [runs.arnForObjects(`${OBJECTS.artifacts}*`)],
  });
}

export function readObjects(bucket: Bucket, prefix: string): PolicyStatement {
  return new PolicyStatement({
    actions: ["s3:GetObject"],
    resources: [bucket.arnForObjects(`${prefix}*`)],
  });
}

export function writeObjects(bucket: Bucket, prefix: string, tagged: boolean): PolicyStatement {
  return new PolicyStatement({
    actions: ["s3:PutObject", ...(tagged ? ["s3:PutObjectTagging"] : [])],
    resources: [bucket.arnForObjects(`${prefix}*`)],
  });
}

export function listObjects(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({ actions: ["s3:ListBucket"], resources: [bucket.bucketArn] });
}

/** Items whose partition key begins with one of the prefixes. */
export function items(
  table: Table,
  prefixes: readonly string[],
  more: readonly string[] = [],
): PolicyStatement {
  return new PolicyStatement({
    actions: [...ITEM_ACTIONS, ...more],
    resources: [table.tableArn],
    conditions: {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": prefixes.map((prefix) => `${prefix}*`) },
    },
  });
}

/** Only these actions (`GetItem`, …), on items whose partition key begins with one of the prefixes. */
export function itemsFor(
  table: Table,
  actions: readonly ("GetItem" | "PutItem" | "Query")[],
  prefixes: readonly string[],
): PolicyStatement {
  return new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [table.tableArn],
    conditions: {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": prefixes.map((prefix) => `${prefix}*`) },
    },
  });
}

export function queryIndexes(table: Table, indexes: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ["dynamodb:Query"],
    resources: indexes.map((index) => `${table.tableArn}/index/${index}`),
  });
}

/** Answering task tokens of the environment's machines: tokens name none of them. */
export function taskTokens(scope: Construct, environment: string): PolicyStatement {
  return new PolicyStatement({
    actions: ["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"],
    resources: [machines(scope, environment)],
  });
}

export function readExecutions(scope: Construct, environment: string): PolicyStatement {
  return new PolicyStatement({
    actions: [
      "states:DescribeExecution",
      "states:DescribeStateMachineForExecution",
      "states:GetExecutionHistory",
    ],
    resources: [executions(scope, `${environmentPrefix(environment)}-*`)],
  });
}

/** What runs of the environment have done so far, and nothing else of them. */
export function readHistories(scope: Construct, environment: string): PolicyStatement {
  return new PolicyStatement({
    actions: ["states:GetExecutionHistory"],
    resources: [executions(scope, `${environmentPrefix(environment)}-*`)],
  });
}

/** Claiming names of runs of a workflow. */
export function claims(table: Table, workflow: string): PolicyStatement {
  return new PolicyStatement({
    actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
    resources: [table.tableArn],
    conditions: {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${claimPrefix(workflow)}*`] },
    },
  });
}

/** What there is of express executions: their claims, their log, and the machines that they run. */
export function readExpress(
  scope: Construct,
  environment: string,
  table: Table,
): readonly PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ["dynamodb:GetItem"],
      resources: [table.tableArn],
      conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${CLAIMS}*`] } },
    }),
    new PolicyStatement({
      actions: ["logs:FilterLogEvents"],
      resources: [machineLogs(scope, environment)],
    }),
    new PolicyStatement({
      actions: ["states:DescribeStateMachine"],
      resources: [machines(scope, environment)],
    }),
  ];
}

/** Log groups of the environment's machines. */
export function machineLogs(scope: Construct, environment: string): string {
  return Stack.of(scope).formatArn({
    service: "logs",
    resource: "log-group",
    resourceName: `${machineLogGroup(`${environmentPrefix(environment)}-*`)}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** With a customer key, whoever touches encrypted data also uses the key. */
export function useKey(key: IKey | undefined): readonly PolicyStatement[] {
  if (!key) return [];
  return [
    new PolicyStatement({
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      resources: [key.keyArn],
    }),
  ];
}

/** Reading texts of secrets, each by its ARN. */
export function readSecrets(arns: readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [...arns] });
}

export function rotateSecret(arn: string): PolicyStatement {
  return new PolicyStatement({
    actions: [
      "secretsmanager:GetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage",
    ],
    resources: [arn],
  });
}

/** What a function that tells people needs, by the channels that its environment has. */
export function tellPeople(scope: Construct, { email, sns }: NotifySettings): PolicyStatement[] {
  const statements: PolicyStatement[] = [];
  if (email) {
    statements.push(
      new PolicyStatement({
        actions: ["ses:SendEmail"],
        resources:
          email.identity === undefined ? ownIdentities(scope, email.from) : [email.identity],
      }),
    );
  }
  if (sns) {
    statements.push(new PolicyStatement({ actions: ["sns:Publish"], resources: [sns.topic] }));
  }
  return statements;
}

/** The address itself, or its domain: whichever is verified. */
function ownIdentities(scope: Construct, from: string): string[] {
  const address = /<(.+)>$/.exec(from)?.[1] ?? from;
  const domain = address.slice(address.indexOf("@") + 1);
  return [address, domain].map((name) =>
    Stack.of(scope).formatArn({ service: "ses", resource: "identity", resourceName: name }),
  );
}

export function machines(scope: Construct, environment: string): string {
  return machineArn(scope, `${environmentPrefix(environment)}-*`);
}

export function machineArn(scope: Construct, name: string): string {
  return arn(scope, "stateMachine", name);
}

/** ARN of the executions of the machines that `name` means. */
export function executions(scope: Construct, name: string): string {
  return arn(scope, "execution", `${name}:*`);
}

function arn(scope: Construct, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({
    service: "states",
    resource,
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
