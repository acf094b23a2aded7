/** What an environment gets once it says how its approvers are told. */

import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import { type PreparedBundle, prepareBundle } from "../../lib/constructs/index.ts";
import type { ApprovalPolicy } from "../../lib/manifest/approval-policy.ts";
import { NotifySettings } from "../../lib/manifest/environment/notify-settings.ts";
import { permissionMatrix } from "./permission-matrix.ts";
import {
  addPlatform,
  makeApp,
  ORDERS,
  propertiesOf,
  synthesize,
  synthesizePlatform,
} from "./synthesize.ts";

const SECRETS = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:";

const NOTIFY = NotifySettings.parse({
  email: { from: "Approvals <approvals@example.com>" },
  slack: {
    token: { secret: `${SECRETS}slack-token-AbCdEf` },
    signingSecret: { secret: `${SECRETS}slack-signing-AbCdEf` },
    users: { "legal@example.com": "U0123456789" },
  },
  webhook: { url: "https://hooks.example.com/a", secret: { secret: `${SECRETS}webhook-AbCdEf` } },
  sns: { topic: "arn:aws:sns:eu-central-1:111122223333:approvals" },
  signIn: {
    issuer: "https://login.example.com",
    clientId: "espalier",
    clientSecret: { secret: `${SECRETS}sign-in-AbCdEf` },
  },
});

const OWN_NAME = NotifySettings.parse({
  email: { from: "approvals@example.com" },
  pages: {
    domain: "approvals.example.com",
    certificate: "arn:aws:acm:eu-central-1:111122223333:certificate/1",
  },
});

describe("an environment that tells its approvers", () => {
  it("may do what its channels need, and no more", async () => {
    const app = makeApp();
    const platform = addPlatform(app, { notify: NOTIFY });
    const matrix = `# What the functions of an environment with every channel may do\n\n${permissionMatrix(app, Stack.of(platform))}`;
    const file = join(import.meta.dirname, "permissions/platform-notify.md");
    await expect(matrix).toMatchFileSnapshot(file);
  });

  it.each([
    ["every channel", NOTIFY],
    ["a name of its own", OWN_NAME],
  ])("has no finding of cdk-nag that is not accepted, with %s", (_, notify) => {
    const app = makeApp();
    addPlatform(app, { notify });
    app.synth();
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    expect(
      violations.map(({ ruleName, violatingResources }) => [
        ruleName,
        violatingResources.map(({ constructPath }) => constructPath),
      ]),
    ).toEqual([]);
  });

  it("has pages behind an HTTP API that lets in what they serve, slowly, and logs no link", () => {
    const template = synthesizePlatform({ notify: NOTIFY });
    const routes = propertiesOf(template, "AWS::ApiGatewayV2::Route").map(
      ({ RouteKey }) => RouteKey,
    );
    expect(routes).toContain("GET /a/{token}");
    expect(routes).toContain("POST /a/{token}");
    expect(routes).toContain("POST /slack/interactions");
    expect(routes.filter((route) => String(route).includes("$default"))).toEqual([]);
    const [stage] = propertiesOf(template, "AWS::ApiGatewayV2::Stage");
    expect(stage).toMatchObject({
      StageName: "$default",
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    const { Format } = (stage?.AccessLogSettings ?? {}) as { Format: string };
    expect(Format).toContain("$context.routeKey");
    expect(Format).not.toMatch(/\$context\.(path|http)/);
  });

  it("takes no request of Slack's where there is no Slack", () => {
    const template = synthesizePlatform({ notify: OWN_NAME });
    const routes = propertiesOf(template, "AWS::ApiGatewayV2::Route").map(
      ({ RouteKey }) => RouteKey,
    );
    expect(routes).not.toContain("POST /slack/interactions");
  });

  it("is reached by its own name alone, where it has one", () => {
    const template = synthesizePlatform({ notify: OWN_NAME });
    template.hasResourceProperties("AWS::ApiGatewayV2::Api", { DisableExecuteApiEndpoint: true });
    template.hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
      DomainName: "approvals.example.com",
    });
    template.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: Match.objectLike({ ESPALIER_PAGES: "https://approvals.example.com" }),
      },
    });
  });

  it("keeps the keys of its links when the stack goes", () => {
    const template = synthesizePlatform({ notify: OWN_NAME });
    template.hasResource("AWS::SecretsManager::Secret", { DeletionPolicy: "Retain" });
    const passing = synthesizePlatform({ notify: OWN_NAME, retain: false });
    passing.hasResource("AWS::SecretsManager::Secret", { DeletionPolicy: "Delete" });
  });

  it("has no pages, no keys and no way in where nothing is said of it", () => {
    const template = synthesizePlatform();
    template.resourceCountIs("AWS::ApiGatewayV2::Api", 0);
    template.resourceCountIs("AWS::SecretsManager::Secret", 0);
  });

  it("refuses a secret that is in a variable of this machine", () => {
    const notify = NotifySettings.parse({
      webhook: { url: "https://hooks.example.com/a", secret: { env: "HOOK" } },
    });
    expect(() => addPlatform(makeApp(), { notify })).toThrow(
      /notify\.webhook\.secret is in the variable HOOK/,
    );
  });

  it.each([
    ["by mail where mails are sent", OWN_NAME, []],
    ["by mail where nothing is", NotifySettings.parse({}), [/tells people by email \(channels\)/]],
  ])("warns of a policy that would reach nobody: %s", async (_, notify, expected) => {
    const { construct } = synthesize(await prepareBundle(ORDERS), { notify });
    const found = Annotations.fromStack(Stack.of(construct)).findWarning(
      "*",
      Match.stringLikeRegexp("nobody would hear of a request"),
    );
    expect(found.map(({ entry }) => String(entry.data))).toEqual(
      expected.map((text) => expect.stringMatching(text)),
    );
  });

  describe("whose policy asks a group", () => {
    const asking = async (change: Partial<ApprovalPolicy>): Promise<PreparedBundle> => {
      const bundle = await prepareBundle(ORDERS);
      const approvals = bundle.plan.approvals.map((one) => ({
        ...one,
        policy: { ...one.policy, ...change },
      }));
      return { ...bundle, plan: { ...bundle.plan, approvals } };
    };
    const heads = { approvers: [{ group: "heads" }] };

    it.each<[string, Partial<ApprovalPolicy>]>([
      ["first", heads],
      ["at a further level", { escalation: [{ ...heads, within: "1d" }] }],
      ["as delegates", { delegation: { to: [{ group: "heads" }] } }],
    ])("cannot be made as long as it does not know the group: asked %s", async (_, change) => {
      const bundle = await asking(change);
      const groups = { headz: ["head@example.com"] };
      const make = () => synthesize(bundle, { notify: OWN_NAME, groups });
      expect(make).toThrow(/platform\/Platform: .*"confirm" asks the group "heads"/);
      expect(make).toThrow(/Did you mean "headz"\?/);
    });

    it("asks its members in the machine that is deployed", async () => {
      const groups = { heads: ["head@example.com"] };
      const { workflow } = synthesize(await asking(heads), { notify: OWN_NAME, groups });
      const machines = JSON.stringify(workflow.findResources("AWS::StepFunctions::StateMachine"));
      expect(machines).toContain("head@example.com");
      expect(machines).not.toContain("heads");
    });

    it("demands a sign-in only where there is an issuer", async () => {
      const bundle = await asking({ signIn: "required" });
      expect(() => synthesize(bundle, { notify: NOTIFY })).not.toThrow();
      expect(() => synthesize(bundle, { notify: OWN_NAME })).toThrow(/names no issuer/);
    });
  });

  it("alarms when a request reaches nobody, is past its deadline, or was delivered late", () => {
    const template = Template.fromStack(Stack.of(addPlatform(makeApp(), { notify: NOTIFY })));
    for (const name of ["ApprovalsReachedNobody", "ApprovalsOverdue", "ApprovalsRedelivered"]) {
      template.hasResourceProperties("AWS::CloudWatch::Alarm", {
        Namespace: "Espalier",
        MetricName: name,
        Threshold: 1,
        Dimensions: [{ Name: "environment", Value: "dev" }],
      });
    }
  });
});
