import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type App, CfnResource, Stack } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import { afterEach, describe, expect, it } from "vitest";
import { prepareBundle, Workflow } from "../../lib/constructs/index.ts";
import { addPlatform, makeApp, ORDERS, synthesize } from "./synthesize.ts";

const flags = (
  JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8")) as {
    readonly context: Record<string, unknown>;
  }
).context;

function findingsOf(app: App): string[] {
  app.synth();
  return new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
}

describe("what is deployed, in the eyes of cdk-nag", () => {
  it.each([
    ["with the feature flags of this app", flags],
    ["in an app without feature flags", {}],
  ])("has no finding that is not accepted, %s", async (_, context) => {
    const { app } = synthesize(await prepareBundle(ORDERS), {}, {}, context);
    expect(findingsOf(app)).toEqual([]);
  });

  it.each([
    ["that comes and goes", () => ({ retain: false })],
    [
      "with a customer key",
      (app: App) => ({
        encryptionKey: Key.fromKeyArn(
          new Stack(app, "keys"),
          "Key",
          "arn:aws:kms:eu-central-1:111122223333:key/1",
        ),
      }),
    ],
  ])("has none in an environment %s", async (_, props) => {
    const app = makeApp();
    const platform = addPlatform(app, props(app));
    const bundle = await prepareBundle(ORDERS);
    new Workflow(new Stack(app, "workflow"), "Workflow", { platform, bundle });
    expect(findingsOf(app)).toEqual([]);
  });

  it("a queue without TLS would be one", () => {
    const app = makeApp();
    new Queue(new Stack(app, "other"), "Queue");
    expect(findingsOf(app).join("\n")).toContain("AwsSolutions-SQS4 other/Queue");
  });

  it("a wildcard in a manifest is one: whoever deploys it has to accept it", async () => {
    const bundle = await prepareBundle(ORDERS);
    const functions = bundle.plan.functions.map((planned) => ({
      ...planned,
      permissions: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::prices-example/*"] }],
    }));
    const { app } = synthesize({ ...bundle, plan: { ...bundle.plan, functions } });
    expect(findingsOf(app)).toContain(
      "AwsSolutions-IAM5[Resource::arn:aws:s3:::prices-example/*] workflow/Workflow/Steps/price/Role/DefaultPolicy/Resource",
    );
  });
});

describe("what is deployed, in the eyes of CloudFormation", () => {
  const before = process.env.CDK_VALIDATION;
  afterEach(() => {
    if (before === undefined) delete process.env.CDK_VALIDATION;
    else process.env.CDK_VALIDATION = before;
  });

  function validate(app: App): unknown[] {
    process.env.CDK_VALIDATION = "true";
    const { directory } = app.synth({ force: true });
    const file = join(directory, "validation-report.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { readonly pluginReports: unknown[] })
      .pluginReports;
  }

  it("is valid: no finding of the CDK's own template validation", async () => {
    const { app } = synthesize(await prepareBundle(ORDERS), {}, {}, flags);
    expect(validate(app)).toEqual([]);
  });

  it("a property that a resource does not have would be found", () => {
    const app = makeApp(flags);
    new CfnResource(new Stack(app, "other"), "Queue", {
      type: "AWS::SQS::Queue",
      properties: { Nonsense: true },
    });
    expect(() => validate(app)).toThrow(/validation/i);
  });
});
