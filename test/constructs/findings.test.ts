import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type App, CfnResource, Stack, Validations } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import type { IConstruct } from "constructs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildApp, prepareBundle, Workflow } from "../../lib/constructs/index.ts";
import { deployedBundles } from "./deployed-bundles.ts";
import { addPlatform, HANDLERS, makeApp, ORDERS, PINGS, synthesize } from "./synthesize.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");

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

/** Rules that are accepted on this construct itself, each with its reason. */
function acknowledgedOn({ node }: IConstruct): [string, string][] {
  const key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
  return node.metadata
    .filter(({ type }) => type === key)
    .flatMap(({ data }) => Object.entries(data as Record<string, string>));
}

describe("what is deployed, in the eyes of cdk-nag", () => {
  it.each([
    ["with the feature flags of this app", ORDERS, flags],
    ["in an app without feature flags", ORDERS, {}],
    ["for an express workflow", PINGS, flags],
  ])("has no finding that is not accepted, %s", async (_, bundle, context) => {
    const { app } = synthesize(await prepareBundle(bundle), {}, {}, context);
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

describe("the whole app of this repository, in the eyes of cdk-nag", () => {
  let app: App;
  let findings: readonly string[];
  beforeAll(async () => {
    ({ app } = await buildApp({ root: REPOSITORY, handlers: HANDLERS, app: makeApp(flags) }));
    findings = findingsOf(app);
  }, 120_000);

  it("has no finding that is not accepted: every bundle, in every environment", () => {
    const stacks = app.node.children.map(({ node }) => node.id);
    for (const folder of deployedBundles(REPOSITORY)) {
      const found = stacks.filter((name) => name.endsWith(`-${basename(folder)}`));
      expect(found, `a stack of ${folder}`).not.toEqual([]);
    }
    expect(findings).toEqual([]);
  });

  it("accepts findings on one resource each, with a reason for each", () => {
    const accepted = app.node
      .findAll()
      .flatMap((construct) =>
        acknowledgedOn(construct).map(([id, reason]) => ({ construct, id, reason })),
      );
    expect(accepted.length).toBeGreaterThan(5);
    for (const { construct, id, reason } of accepted) {
      const at = construct.node.path;
      expect(reason, `${id} on ${at}`).toMatch(/^.{20,}$/);
      // Never for a whole stack, platform or workflow.
      expect(at.split("/").length, `${id} on ${at}`).toBeGreaterThan(2);
      // A wildcard is accepted as it is written, never all of a role's.
      if (id.startsWith("AwsSolutions-IAM5")) expect(id).toMatch(/\[Resource::.+\]$/);
    }
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
