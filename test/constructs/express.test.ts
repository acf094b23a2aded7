/** What is different about an express workflow in an account. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../lib/compiler/plan.ts";
import { checkStarted } from "../../lib/constructs/check-started.ts";
import { prepareBundle } from "../../lib/constructs/index.ts";
import { ORDERS, PINGS, propertiesOf, type Synthesized, synthesize } from "./synthesize.ts";

let express: Synthesized;
let standard: Synthesized;
beforeAll(async () => {
  express = synthesize(await prepareBundle(PINGS));
  standard = synthesize(await prepareBundle(ORDERS));
});

describe("an express workflow", () => {
  it("is a machine of its kind, whose log has everything", () => {
    express.workflow.hasResourceProperties("AWS::StepFunctions::StateMachine", {
      StateMachineName: "espalier-dev-pings",
      StateMachineType: "EXPRESS",
      LoggingConfiguration: { Level: "ALL", IncludeExecutionData: true },
    });
    standard.workflow.hasResourceProperties("AWS::StepFunctions::StateMachine", {
      StateMachineType: "STANDARD",
      LoggingConfiguration: { Level: "ALL", IncludeExecutionData: false },
    });
    const [machine] = propertiesOf(express.workflow, "AWS::StepFunctions::StateMachine");
    expect(JSON.stringify(machine?.DefinitionString)).toContain('\\"TimeoutSeconds\\":240');
  });

  it("hands the beginnings and ends in its log to the function of the platform", () => {
    const [runs] = Object.keys(
      express.platform.findResources("AWS::Lambda::Function", {
        Properties: { Description: Match.stringLikeRegexp("index of runs") },
      }),
    );
    const target = { "Fn::ImportValue": Match.stringLikeRegexp(`${runs}Arn`) };
    const [group] = Object.keys(
      express.workflow.findResources("AWS::Logs::LogGroup", {
        Properties: { LogGroupName: "/aws/vendedlogs/states/espalier-dev-pings" },
      }),
    );
    express.workflow.hasResourceProperties("AWS::Logs::SubscriptionFilter", {
      LogGroupName: { Ref: group },
      FilterPattern: '{ $.type = "Execution*" }',
      DestinationArn: target,
    });
    express.workflow.hasResourceProperties("AWS::Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      Principal: "logs.amazonaws.com",
      FunctionName: target,
      SourceArn: { "Fn::GetAtt": [group, "Arn"] },
    });
    standard.workflow.resourceCountIs("AWS::Logs::SubscriptionFilter", 0);
  });

  it("has its log watched before the machine is there", () => {
    const [filter] = Object.keys(express.workflow.findResources("AWS::Logs::SubscriptionFilter"));
    express.workflow.hasResource("AWS::StepFunctions::StateMachine", {
      DependsOn: Match.arrayWith([filter]),
    });
  });

  it("lets its intake claim names of its own runs, and the platform read what was claimed", () => {
    const claims = (template: Template, condition: string) =>
      template.hasResourceProperties("AWS::IAM::Policy", {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [condition] } },
            }),
          ]),
        },
      });
    claims(express.workflow, "intake#pings#*");
    claims(express.platform, "intake#*");
    expect(JSON.stringify(standard.workflow.toJSON())).not.toContain("intake#");
  });

  it("says what it is to whoever starts its runs", () => {
    const values = propertiesOf(express.workflow, "AWS::SSM::Parameter").map(({ Value }) =>
      JSON.stringify(Value),
    );
    expect(values.join()).toContain('\\"type\\":\\"express\\"');
  });
});

describe("a workflow that waits for the end of an express run", () => {
  const orders = { workflow: "orders", type: "standard", workflows: ["shipping", "billing"] };
  const plans = (type: string) =>
    [orders, orders, { workflow: "shipping", type, workflows: [] }] as unknown as Plan[];

  it("is refused where both are known, once", () => {
    expect(checkStarted(plans("express"))).toEqual([
      {
        code: "ESP622",
        severity: "error",
        message: '"orders" waits for the end of runs of "shipping", which is an express workflow',
        hint: 'Emit an event that starts "shipping", or leave out its `type: express`.',
      },
    ]);
    expect(checkStarted(plans("standard"))).toEqual([]);
  });
});
