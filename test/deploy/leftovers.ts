/** What lies in the emulator, by kind: to see what a deployment leaves when it is taken away. */
import * as z from "zod";
import type { Aws } from "./aws.ts";

/** What `cdk bootstrap` has made stays, and is not ours. */
const BOOTSTRAP = /^(CDKToolkit$|cdk-hnb659fds-|\/cdk-bootstrap\/|default$|alias\/aws\/)/;

export type Inventory = ReadonlyMap<string, readonly string[]>;

/** By CloudFormation's name of the kind. */
export async function takeInventory(aws: Aws): Promise<Inventory> {
  const names = <K extends string>(list: K, name: string) =>
    z
      .object({ [list]: z.array(z.record(z.string(), z.unknown())).default([]) })
      .transform((found) =>
        (found[list] as readonly { readonly [key: string]: unknown }[]).map((one) =>
          String(one[name]),
        ),
      );
  const Tables = z.object({ TableNames: z.array(z.string()) });
  const Queues = z.object({ QueueUrls: z.array(z.string()).default([]) });
  const [buses, { TableNames }, { QueueUrls }] = await Promise.all([
    aws.call("events", "ListEventBuses", {}, names("EventBuses", "Name")),
    aws.call("dynamodb", "ListTables", {}, Tables),
    aws.call("sqs", "ListQueues", {}, Queues),
  ]);
  const rules: string[] = [];
  for (const EventBusName of buses) {
    rules.push(
      ...(await aws.call("events", "ListRules", { EventBusName }, names("Rules", "Name"))),
    );
  }
  const found: readonly (readonly [string, readonly string[]])[] = [
    ["AWS::S3::Bucket", await aws.bucketNames()],
    ["AWS::DynamoDB::Table", TableNames],
    ["AWS::SQS::Queue", QueueUrls.map((url) => url.split("/").at(-1) ?? url)],
    ["AWS::Events::EventBus", buses],
    ["AWS::Events::Rule", rules],
    ["AWS::Lambda::Function", await aws.functionNames()],
    [
      "AWS::StepFunctions::StateMachine",
      await aws.call("states", "ListStateMachines", {}, names("stateMachines", "name")),
    ],
    [
      "AWS::Logs::LogGroup",
      await aws.call("logs", "DescribeLogGroups", {}, names("logGroups", "logGroupName")),
    ],
    [
      "AWS::SSM::Parameter",
      await aws.call("ssm", "DescribeParameters", {}, names("Parameters", "Name")),
    ],
    ["AWS::IAM::Role", await aws.query("iam", "ListRoles", "2010-05-08", "RoleName")],
    [
      "AWS::CloudWatch::Alarm",
      await aws.query("monitoring", "DescribeAlarms", "2010-08-01", "AlarmName"),
    ],
  ];
  return new Map(
    found.map(([kind, all]) => [kind, all.filter((name) => !BOOTSTRAP.test(name)).sort()]),
  );
}
