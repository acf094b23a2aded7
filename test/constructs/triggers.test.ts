import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Match } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { type PreparedBundle, prepareBundle } from "../../lib/constructs/index.ts";
import { ORDERS, propertiesOf, type Synthesized, synthesize } from "./synthesize.ts";

let bundle: PreparedBundle;
let made: Synthesized;
beforeAll(async () => {
  bundle = await prepareBundle(ORDERS);
  made = synthesize(bundle, { config: { orders: { ceiling: 50 }, other: { x: 1 } } });
});

/** What the intake finds beside its code. */
function intakeDocument(): Record<string, unknown> {
  const [intake] = Object.values(made.workflow.findResources("AWS::Lambda::Function")).filter(
    (resource) => String(resource.Properties.Description).endsWith("starts runs"),
  );
  const folder = `asset.${String(intake?.Properties.Code.S3Key).replace(".zip", ".files")}`;
  const { directory } = made.app.synth();
  return JSON.parse(readFileSync(join(directory, folder, "intake.json"), "utf8"));
}

describe("what starts a run", () => {
  it("an event on the environment's bus", () => {
    made.workflow.hasResourceProperties("AWS::Events::Rule", {
      EventBusName: Match.anyValue(),
      EventPattern: { source: ["com.example.shop"], "detail-type": ["OrderPlaced"] },
    });
  });

  it("an event of AWS, which comes on the default bus", () => {
    made.workflow.hasResourceProperties("AWS::Events::Rule", {
      EventBusName: Match.absent(),
      EventPattern: { source: ["aws.health"] },
    });
  });

  it("a new object with the right name", () => {
    made.workflow.hasResourceProperties("AWS::Events::Rule", {
      EventBusName: Match.absent(),
      EventPattern: {
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: {
          bucket: { name: ["orders-example"] },
          object: { key: [{ wildcard: "in/*.json" }] },
        },
      },
    });
  });

  it("a schedule, in its time zone, which tells the time that was meant", () => {
    made.workflow.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "cron(0 8 * * ? *)",
      ScheduleExpressionTimezone: "Europe/Berlin",
      Target: Match.objectLike({
        Input: JSON.stringify({
          trigger: 2,
          event: { id: "<aws.scheduler.execution-id>", time: "<aws.scheduler.scheduled-time>" },
        }),
        DeadLetterConfig: { Arn: Match.anyValue() },
      }),
    });
  });

  it("a signed request, and no other", () => {
    made.workflow.hasResourceProperties("AWS::Lambda::Url", { AuthType: "AWS_IAM" });
    made.workflow.hasOutput("*", { Value: { "Fn::GetAtt": [Match.anyValue(), "FunctionUrl"] } });
  });

  it("each rule hands over the whole event and the trigger's number, and loses nothing", () => {
    const rules = propertiesOf(made.workflow, "AWS::Events::Rule") as {
      readonly Targets: readonly {
        readonly InputTransformer: { readonly InputTemplate: string };
        readonly DeadLetterConfig: unknown;
      }[];
    }[];
    const numbers = rules.map(({ Targets: [target] }) => {
      expect(target?.DeadLetterConfig).toBeDefined();
      const template = target?.InputTransformer.InputTemplate ?? "";
      return /^\{"trigger":(\d),"event":<aws\.events\.event\.json>\}$/.exec(template)?.[1];
    });
    expect(numbers.sort()).toEqual(["0", "1", "3"]);
  });

  it("a workflow without triggers can still be started by name", async () => {
    const quiet = synthesize({ ...bundle, plan: { ...bundle.plan, triggers: [] } });
    quiet.workflow.resourceCountIs("AWS::Events::Rule", 0);
    quiet.workflow.resourceCountIs("AWS::Lambda::Url", 0);
    quiet.workflow.hasResourceProperties("AWS::Lambda::Function", {
      Description: "orders: starts runs",
    });
  });
});

describe("the intake", () => {
  it("knows the contract, the triggers and the configuration of its environment", () => {
    expect(intakeDocument()).toMatchObject({
      format: 1,
      workflow: "orders",
      version: "2.1.0",
      digest: bundle.digest,
      input: true,
      config: { currency: "EUR", ceiling: 50 },
      triggers: bundle.plan.triggers,
    });
  });

  it("has a queue for what it refuses, which is watched", () => {
    const [queue] = Object.keys(made.workflow.findResources("AWS::SQS::Queue"));
    made.workflow.hasResourceProperties("AWS::Lambda::Function", {
      Description: "orders: starts runs",
      DeadLetterConfig: { TargetArn: { "Fn::GetAtt": [queue, "Arn"] } },
      Environment: {
        Variables: Match.objectLike({ ESPALIER_DEAD_LETTERS: { Ref: queue } }),
      },
    });
    made.workflow.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [queue, "QueueName"] } }],
    });
  });
});
