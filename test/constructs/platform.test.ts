import { Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Key } from "aws-cdk-lib/aws-kms";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { ObjectLockRetention } from "aws-cdk-lib/aws-s3";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, it, vi } from "vitest";
import { sweep } from "../../lambdas/runs/sweep.ts";
import { lazyLogs } from "../../lib/aws/lazy-logs.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { INDEXES, indexKeys } from "../../lib/runtime/deployed.ts";
import { createWorld } from "../runtime/approval/approval-world.ts";
import { addPlatform, makeApp, propertiesOf, synthesizePlatform } from "./synthesize.ts";

const standard = synthesizePlatform();

type MetricLine = Record<string, unknown> & {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly unknown[];
    }[];
  };
};

describe("the buckets of an environment", () => {
  it("are private, encrypted, and have no access control lists", () => {
    const buckets = propertiesOf(standard, "AWS::S3::Bucket");
    expect(buckets).toHaveLength(3);
    for (const bucket of buckets) {
      expect(bucket).toMatchObject({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } },
          ],
        },
      });
    }
  });

  it("refuse requests without TLS", () => {
    for (const { PolicyDocument } of propertiesOf(standard, "AWS::S3::BucketPolicy")) {
      expect(PolicyDocument).toMatchObject({
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Effect: "Deny",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      });
    }
  });

  it("keep versions of bundles and runs", () => {
    standard.resourcePropertiesCountIs(
      "AWS::S3::Bucket",
      { VersioningConfiguration: { Status: "Enabled" } },
      2,
    );
  });

  it.each(["bundles/*", "artifacts/*"])("write %s only once, whoever asks", (objects) => {
    standard.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Sid: "WriteOnce",
            Effect: "Deny",
            Principal: { AWS: "*" },
            Action: "s3:PutObject",
            Resource: { "Fn::Join": ["", [Match.anyValue(), `/${objects}`]] },
            Condition: {
              Null: { "s3:if-none-match": "true" },
              Bool: { "s3:ObjectCreationOperation": "true" },
            },
          },
        ]),
      },
    });
  });

  it("expire objects by their retention class", () => {
    const template = synthesizePlatform({
      retentionClasses: { brief: Duration.days(3), standard: Duration.days(90) },
    });
    for (const [name, days] of [
      ["brief", 3],
      ["standard", 90],
    ] as const) {
      template.hasResourceProperties("AWS::S3::Bucket", {
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            Match.objectLike({
              Id: `retention-${name}`,
              ExpirationInDays: days,
              TagFilters: [{ Key: "espalier-retention", Value: name }],
            }),
          ]),
        },
      });
    }
  });

  it.each([
    ["bundles", "bundleLock", /^PlatformBucketsBundles/],
    ["what is kept of runs", "runLock", /^PlatformBucketsRuns/],
  ])("lock %s where that is asked for", (_what, prop, id) => {
    const lock = ObjectLockRetention.compliance(Duration.days(365));
    const locked = synthesizePlatform({ [prop]: lock }).findResources("AWS::S3::Bucket", {
      Properties: {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 365 } },
        },
      },
    });
    expect(Object.keys(locked)).toEqual([expect.stringMatching(id)]);
    const none = { Properties: { ObjectLockEnabled: true } };
    expect(standard.findResources("AWS::S3::Bucket", none)).toEqual({});
  });
});

describe("the table of an environment", () => {
  it("is on demand, recoverable and protected, and lets items expire", () => {
    standard.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
      },
    });
  });

  it("has every index that the runtime queries, with all attributes", () => {
    const [table] = propertiesOf(standard, "AWS::DynamoDB::Table");
    expect(table?.GlobalSecondaryIndexes).toEqual(
      INDEXES.map((name) => ({
        IndexName: name,
        KeySchema: [
          { AttributeName: indexKeys(name).partition, KeyType: "HASH" },
          { AttributeName: indexKeys(name).sort, KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      })),
    );
  });
});

describe("the functions of an environment", () => {
  it("hear of every run of its machines, and of no others", () => {
    standard.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: {
        source: ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        detail: {
          stateMachineArn: [
            {
              prefix: {
                "Fn::Join": ["", Match.arrayWith([":stateMachine:espalier-dev-"])],
              },
            },
          ],
        },
      },
    });
  });

  it("look after deadlines without being asked", () => {
    standard.hasResourceProperties("AWS::Events::Rule", {
      ScheduleExpression: "rate(15 minutes)",
      Targets: [Match.objectLike({ Input: '{"sweep":true}' })],
    });
  });

  it("lose no event: what cannot be delivered or worked off goes to a queue", () => {
    for (const rule of propertiesOf(standard, "AWS::Events::Rule")) {
      expect(rule.Targets).toEqual([
        expect.objectContaining({ DeadLetterConfig: { Arn: expect.anything() } }),
      ]);
    }
    standard.resourcePropertiesCountIs(
      "AWS::Lambda::Function",
      { DeadLetterConfig: { TargetArn: Match.anyValue() } },
      1,
    );
  });

  it("answer approvals on an alias, whose ARN no deployment changes", () => {
    standard.hasResourceProperties("AWS::Lambda::Alias", { Name: "live" });
  });
});

describe("what is watched", () => {
  it.each(["Query", "PutItem"])("an alarm goes off when %s is throttled anywhere", (Operation) => {
    standard.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: "ThrottledRequests",
      Dimensions: [
        { Name: "Operation", Value: Operation },
        { Name: "TableName", Value: Match.anyValue() },
      ],
    });
  });

  it("the alarms for stuck runs and approvals look at the very metrics that the sweep writes", async () => {
    const { ports } = createWorld();
    const clients = { s3: lazyS3(), sfn: lazySfn(), logs: lazyLogs() };
    const buckets = { runsBucket: "runs", bundlesBucket: "bundles" };
    const announcer = async () => undefined;
    const world = { ports, clients, ...buckets, environment: "dev", machines: "arn:", announcer };
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await sweep(world, { awsRequestId: "r", getRemainingTimeInMillis: () => 300_000 });
    const lines = written.mock.calls.map(([text]) => JSON.parse(String(text)) as MetricLine);
    written.mockRestore();
    for (const name of ["StuckRuns", "ApprovalsOverdue"]) {
      const line = lines.find((one) => name in one);
      const [metric] = line?._aws.CloudWatchMetrics ?? [];
      expect(metric?.Metrics).toContainEqual({ Name: name, Unit: "Count" });
      expect(line?.[name]).toBe(0);
      standard.hasResourceProperties("AWS::CloudWatch::Alarm", {
        Namespace: metric?.Namespace,
        MetricName: name,
        Dimensions: metric?.Dimensions[0]?.map((Name) => ({ Name, Value: line?.[Name] })),
      });
    }
  });

  it("the function that counts them knows where the machines are", () => {
    const runs = propertiesOf(standard, "AWS::Lambda::Function").find(({ Description }) =>
      String(Description).startsWith("Keeps the index of runs"),
    );
    expect(JSON.stringify(runs?.Environment)).toMatch(
      /"ESPALIER_MACHINES":\{"Fn::Join":\["",\["arn:".*?:stateMachine:"\]\]\}/,
    );
  });

  it.each([
    ["ApproximateNumberOfMessagesVisible", 1],
    ["StuckRuns", 1],
    ["Errors", 1],
    ["Throttles", 1],
    ["ReadThrottleEvents", 1],
  ])("an alarm goes off for %s", (MetricName, Threshold) => {
    standard.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName,
      Threshold,
      TreatMissingData: "notBreaching",
    });
  });

  it("alarms do what the environment says", () => {
    const app = makeApp();
    const topics = new Stack(app, "topics");
    const topic = Topic.fromTopicArn(topics, "T", "arn:aws:sns:eu-central-1:111122223333:alarms");
    const platform = addPlatform(app, { alarmActions: [new SnsAction(topic)] });
    const alarms = propertiesOf(Template.fromStack(Stack.of(platform)), "AWS::CloudWatch::Alarm");
    expect(alarms).toHaveLength(14);
    for (const alarm of alarms) expect(alarm.AlarmActions).toEqual([topic.topicArn]);
  });

  it("a dashboard finds the machines by their names", () => {
    const [dashboard] = propertiesOf(standard, "AWS::CloudWatch::Dashboard");
    expect(JSON.stringify(dashboard)).toContain("espalier-dev");
    synthesizePlatform({ dashboard: false }).resourceCountIs("AWS::CloudWatch::Dashboard", 0);
  });

  it("every log group forgets after a while", () => {
    const groups = propertiesOf(
      synthesizePlatform({ logRetention: RetentionDays.ONE_WEEK }),
      "AWS::Logs::LogGroup",
    );
    expect(groups).toHaveLength(3);
    for (const group of groups) expect(group).toMatchObject({ RetentionInDays: 7 });
  });
});

describe("an environment's props", () => {
  it("a customer key encrypts buckets and table, and functions may use it", () => {
    const app = makeApp();
    const keys = new Stack(app, "keys");
    const arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555";
    const platform = addPlatform(app, { encryptionKey: Key.fromKeyArn(keys, "K", arn) });
    const template = Template.fromStack(Stack.of(platform));
    template.resourcePropertiesCountIs(
      "AWS::S3::Bucket",
      {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: arn },
            },
          ],
        },
      },
      2,
    );
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: arn },
    });
    const uses = propertiesOf(template, "AWS::IAM::Policy").filter((policy) =>
      JSON.stringify(policy).includes(
        JSON.stringify({
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Effect: "Allow",
          Resource: arn,
        }),
      ),
    );
    expect(uses).toHaveLength(3);
  });

  it("data outlives the stack, unless the environment comes and goes", () => {
    const kept = ["AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"];
    for (const type of kept) standard.allResources(type, { DeletionPolicy: "Retain" });
    const brief = synthesizePlatform({ retain: false });
    for (const type of kept) brief.allResources(type, { DeletionPolicy: "Delete" });
    brief.hasResourceProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: false });
  });

  it("says where its parts are, under a name that the environment alone decides", () => {
    const template = synthesizePlatform({ environment: "prod", publish: false });
    template.hasResourceProperties("AWS::Events::EventBus", { Name: "espalier-prod" });
    const [parameter] = propertiesOf(template, "AWS::SSM::Parameter");
    expect(parameter).toMatchObject({ Name: "/espalier/prod" });
    const text = JSON.stringify(parameter?.Value);
    for (const part of [
      "table",
      "runsBucket",
      "bundlesBucket",
      "eventBus",
      "retention",
      "publish",
    ]) {
      expect(text).toContain(`\\"${part}\\"`);
    }
  });

  it("tags everything", () => {
    const template = synthesizePlatform({ tags: { team: "platform" } });
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      Tags: [
        { Key: "espalier:environment", Value: "dev" },
        { Key: "team", Value: "platform" },
      ],
    });
  });

  it.each(["Prod", "a-b", "1st", "", "abcdefghijklmnopq"])(
    "%j cannot name an environment",
    (environment) => {
      expect(() => synthesizePlatform({ environment })).toThrow(
        `platform/Platform: "${environment}" cannot name an environment`,
      );
    },
  );

  it("a retention class must be one that exists", () => {
    expect(() => synthesizePlatform({ retentionClass: "forever" })).toThrow(
      'the retention class "forever" is none of short, standard, long',
    );
  });
});
