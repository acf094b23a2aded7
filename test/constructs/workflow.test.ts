import { relative } from "node:path";
import { Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { type PreparedBundle, prepareBundle, Workflow } from "../../lib/constructs/index.ts";
import {
  addPlatform,
  makeApp,
  ORDERS,
  propertiesOf,
  type Synthesized,
  synthesize,
} from "./synthesize.ts";

let bundle: PreparedBundle;
let standard: Synthesized;
beforeAll(async () => {
  bundle = await prepareBundle(ORDERS);
  standard = synthesize(bundle);
});

type Resources = Record<string, { readonly Properties: Record<string, unknown> }>;

/** The definition as text, references written as `<LogicalId>` or `<LogicalId.Attribute>`. */
function definitionOf({ workflow }: Pick<Synthesized, "workflow">): string {
  const [machine = {}] = propertiesOf(workflow, "AWS::StepFunctions::StateMachine");
  const { "Fn::Join": joined } = machine.DefinitionString as {
    readonly "Fn::Join": readonly [string, readonly unknown[]];
  };
  return joined[1]
    .map((part) => {
      if (typeof part === "string") return part;
      const [[, target] = []] = Object.entries(part as object) as [string, unknown][];
      return `<${[target].flat().join(".")}>`;
    })
    .join("");
}

interface State {
  readonly Arguments: {
    readonly FunctionName?: string;
    readonly StateMachineArn?: string;
    readonly Payload?: {
      readonly run?: { readonly digest: string; readonly environment: string };
      readonly policy?: { readonly approvers: readonly string[] };
    };
    readonly Entries?: readonly { readonly EventBusName: string }[];
  };
}

function statesOf(synthesized: Pick<Synthesized, "workflow">): Record<string, State> {
  return (JSON.parse(definitionOf(synthesized)) as { readonly States: Record<string, State> })
    .States;
}

describe("the functions of a workflow", () => {
  it("have the plan's time and memory, on arm64 and the newest Node", () => {
    for (const [description, Timeout, MemorySize] of [
      ["orders: price", 60, 512],
      ["orders: book", 120, 1024],
    ] as const) {
      standard.workflow.hasResourceProperties("AWS::Lambda::Function", {
        Description: description,
        Timeout,
        MemorySize,
        Architectures: ["arm64"],
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        TracingConfig: { Mode: "Active" },
      });
    }
  });

  it("have a role and a log group each", () => {
    const functions = propertiesOf(standard.workflow, "AWS::Lambda::Function");
    const roles = functions.map(({ Role }) => JSON.stringify(Role));
    const groups = functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig));
    expect(functions).toHaveLength(3);
    expect(new Set(roles).size).toBe(3);
    expect(new Set(groups).size).toBe(3);
  });

  it("know their environment, their effect and where to store", () => {
    standard.workflow.hasResourceProperties("AWS::Lambda::Function", {
      Description: "orders: book",
      Environment: {
        Variables: {
          ESPALIER_ENVIRONMENT: "dev",
          ESPALIER_EFFECT: "write",
          ESPALIER_LOG_LEVEL: "INFO",
          ESPALIER_RETENTION: "standard",
          ESPALIER_RUNS_BUCKET: Match.anyValue(),
          ESPALIER_TABLE: Match.anyValue(),
        },
      },
    });
  });

  it("are published, and every version stays for the runs that began with it", () => {
    const versions = standard.workflow.findResources("AWS::Lambda::Version");
    expect(Object.keys(versions)).toHaveLength(2);
    for (const version of Object.values(versions)) {
      expect(version).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    }
  });

  it("may do what the plan says and keep artifacts; only effects are recorded", () => {
    const statements = (step: string) => {
      const policies = standard.workflow.findResources("AWS::IAM::Policy") as Resources;
      const [, found] =
        Object.entries(policies).find(([id]) => id.startsWith(`WorkflowSteps${step}`)) ?? [];
      const document = found?.Properties.PolicyDocument as { readonly Statement: unknown[] };
      return document.Statement;
    };
    const prices = {
      Action: "s3:GetObject",
      Effect: "Allow",
      Resource: "arn:aws:s3:::prices-example/current.json",
    };
    const artifacts = {
      Action: ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"],
      Effect: "Allow",
      Resource: { "Fn::Join": ["", [expect.anything(), "/artifacts/*"]] },
    };
    expect(statements("price")).toEqual([prices, artifacts]);
    expect(statements("book")).toEqual([
      {
        Action: "dynamodb:PutItem",
        Effect: "Allow",
        Resource: "arn:aws:dynamodb:eu-central-1:111122223333:table/orders",
      },
      artifacts,
      {
        Action: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
        Effect: "Allow",
        Resource: expect.anything(),
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["effect#*"] } },
      },
    ]);
  });
});

describe("the state machine of a workflow", () => {
  it("is named so that the CLI, other workflows and the index of runs find it", () => {
    standard.workflow.hasResourceProperties("AWS::StepFunctions::StateMachine", {
      StateMachineName: "espalier-dev-orders",
      StateMachineType: "STANDARD",
    });
  });

  it("calls versions of its functions", () => {
    const { price, book } = statesOf(standard);
    expect(price?.Arguments.FunctionName).toMatch(/^<WorkflowStepsprice.*CurrentVersion\w+>$/);
    expect(book?.Arguments.FunctionName).toMatch(/^<WorkflowStepsbook.*CurrentVersion\w+>$/);
  });

  it("has no placeholder left", () => {
    expect(definitionOf(standard)).not.toMatch(/\$\{\w+\}/);
    const { price, announce, confirm } = statesOf(standard);
    expect(price?.Arguments.Payload?.run).toMatchObject({
      digest: bundle.digest,
      environment: "dev",
    });
    expect(announce?.Arguments.Entries?.[0]?.EventBusName).toContain("platform:");
    expect(confirm?.Arguments.FunctionName).toContain("Alias");
  });

  it("says which bundle and which plan it was made of", () => {
    const { Comment } = JSON.parse(definitionOf(standard)) as { readonly Comment: string };
    const [snapshot] = propertiesOf(standard.workflow, "Custom::EspalierSnapshot");
    expect(Comment).toBe(`orders (bundle ${bundle.digest}, plan ${snapshot?.Plan})`);
  });

  it("logs every event without its data, and is traced", () => {
    const logged = (IncludeExecutionData: boolean) => ({
      LoggingConfiguration: {
        Level: "ALL",
        IncludeExecutionData,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: Match.anyValue() } }],
      },
      TracingConfiguration: { Enabled: true },
    });
    const type = "AWS::StepFunctions::StateMachine";
    standard.workflow.hasResourceProperties(type, logged(false));
    synthesize(bundle, {}, { logExecutionData: true }).workflow.hasResourceProperties(
      type,
      logged(true),
    );
  });

  it("is deployed after the snapshot of its bundle", () => {
    const [snapshot] = Object.keys(standard.workflow.findResources("Custom::EspalierSnapshot"));
    standard.workflow.hasResource("AWS::StepFunctions::StateMachine", {
      DependsOn: Match.arrayWith([snapshot]),
    });
    standard.workflow.hasResourceProperties("Custom::EspalierSnapshot", { Digest: bundle.digest });
  });

  it("may call every version of its functions, and nothing else of Lambda but approvals", () => {
    standard.workflow.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: "lambda:InvokeFunction",
            Effect: "Allow",
            Resource: {
              "Fn::Join": [
                "",
                [{ "Fn::GetAtt": [Match.stringLikeRegexp("Stepsprice"), "Arn"] }, ":*"],
              ],
            },
          },
        ]),
      },
    });
  });

  it("asks the approvers of its environment", () => {
    const approversIn = (synthesized: Synthesized) =>
      statesOf(synthesized).confirm?.Arguments.Payload?.policy?.approvers;
    expect(approversIn(standard)).toEqual(["clerk@example.com"]);
    const approvers = { confirm: ["head@example.com"], other: ["nobody@example.com"] };
    expect(approversIn(synthesize(bundle, { approvers }))).toEqual(["head@example.com"]);
    expect(JSON.stringify(bundle.plan)).not.toContain("head@example.com");
  });
});

describe("versions of the machine", () => {
  it("stand behind an alias, on which runs are started, and stay", () => {
    standard.workflow.hasResource("AWS::StepFunctions::StateMachineVersion", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        Description: bundle.digest,
        StateMachineRevisionId: {
          "Fn::GetAtt": [Match.stringLikeRegexp("Machine"), "StateMachineRevisionId"],
        },
      },
    });
    standard.workflow.hasResourceProperties("AWS::StepFunctions::StateMachineAlias", {
      Name: "live",
      DeploymentPreference: { Type: "ALL_AT_ONCE" },
    });
    const [alias] = Object.keys(
      standard.workflow.findResources("AWS::StepFunctions::StateMachineAlias"),
    );
    standard.workflow.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: Match.objectLike({
          ESPALIER_STATE_MACHINE: { "Fn::GetAtt": [alias, "Arn"] },
        }),
      },
    });
    expect(statesOf(standard).ship?.Arguments.StateMachineArn).toMatch(
      /:stateMachine:espalier-dev-shipping:live$/,
    );
  });

  it("can take over gradually, and go back when runs fail", () => {
    const { workflow } = synthesize(
      bundle,
      {},
      { deployment: { type: "canary", percentage: 10, interval: Duration.minutes(15) } },
    );
    const alarms = Object.keys(workflow.findResources("AWS::CloudWatch::Alarm")).filter((id) =>
      /FailedRuns|TimedOutRuns/.test(id),
    );
    expect(alarms).toHaveLength(2);
    workflow.hasResourceProperties("AWS::StepFunctions::StateMachineAlias", {
      DeploymentPreference: {
        Type: "CANARY",
        Percentage: 10,
        Interval: 15,
        Alarms: alarms.map((id) => ({ Ref: id })),
      },
    });
  });

  it("are left out where the endpoint has none", () => {
    const plain = synthesize(bundle, { publish: false });
    plain.workflow.resourceCountIs("AWS::StepFunctions::StateMachineVersion", 0);
    plain.workflow.resourceCountIs("AWS::StepFunctions::StateMachineAlias", 0);
    const [machine] = Object.keys(plain.workflow.findResources("AWS::StepFunctions::StateMachine"));
    plain.workflow.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: Match.objectLike({
          ESPALIER_STATE_MACHINE: { "Fn::GetAtt": [machine, "Arn"] },
        }),
      },
    });
    expect(statesOf(plain).ship?.Arguments.StateMachineArn).toMatch(
      /:stateMachine:espalier-dev-shipping$/,
    );
  });
});

describe("a workflow that changes", () => {
  it("gets a version of what changed, and keeps the version of what did not", () => {
    const code = new Map(bundle.code);
    const compiled = code.get("code/work.ts");
    const versions = ({ workflow }: Synthesized) =>
      Object.keys(workflow.findResources("AWS::Lambda::Version")).sort();
    code.set("code/work.ts", { js: `${compiled?.js}\n// changed`, map: "" });
    expect(versions(synthesize(bundle))).toEqual(versions(standard));
    const changed = versions(synthesize({ ...bundle, code }));
    expect(changed.filter((id) => versions(standard).includes(id))).toEqual([]);
  });
});

describe("somebody else's app", () => {
  it("names the bundle by its folder and gets the same resources", () => {
    const own = synthesize(relative(process.cwd(), ORDERS));
    expect(own.construct.plan).toEqual(bundle.plan);
    expect(own.workflow.toJSON()).toEqual(standard.workflow.toJSON());
  });

  it("may hold a workflow in the stack of its platform", () => {
    const platform = addPlatform(makeApp());
    const stack = Stack.of(platform);
    new Workflow(stack, "Orders", { platform, bundle });
    Template.fromStack(stack).hasResourceProperties("AWS::StepFunctions::StateMachine", {
      StateMachineName: "espalier-dev-orders",
    });
  });
});
