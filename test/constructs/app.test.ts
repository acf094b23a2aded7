import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Stack, Token } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, describe, expect, it } from "vitest";
import { buildApp } from "../../lib/constructs/app.ts";
import { HANDLERS, makeApp, ORDERS } from "./synthesize.ts";

const kit = resolve(import.meta.dirname, "../..");
const root = mkdtempSync(join(tmpdir(), "espalier-app-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function project(name: string, environments: Record<string, string>): string {
  const folder = join(root, name);
  cpSync(ORDERS, join(folder, "bundles/orders"), { recursive: true });
  mkdirSync(join(folder, "bundles/environments"));
  for (const [file, text] of Object.entries(environments)) {
    writeFileSync(join(folder, "bundles/environments", file), text);
  }
  return folder;
}

async function stacksOf(folder: string): Promise<ReadonlyMap<string, Stack>> {
  const { app } = await buildApp({ root: folder, handlers: HANDLERS, app: makeApp() });
  return new Map(app.node.children.filter(Stack.isStack).map((stack) => [stack.stackName, stack]));
}

describe("the app", () => {
  it("without environments deploys every bundle as dev, wherever the credentials point to", async () => {
    const stacks = await stacksOf(project("none", {}));
    expect([...stacks.keys()]).toEqual(["espalier-dev-platform", "espalier-dev-orders"]);
    for (const { region } of stacks.values()) expect(Token.isUnresolved(region)).toBe(true);
  });

  it("has a platform in each environment, and the workflows that belong there", async () => {
    const stacks = await stacksOf(
      project("two", {
        "prod.yaml":
          'account: "111122223333"\nregion: eu-central-1\napprovers: { confirm: [head@example.com] }\ndeployment: { type: linear, percentage: 20, interval: 10m }\n',
        "empty.yaml": "workflows: []\npublish: false\nretain: false\n",
      }),
    );
    expect([...stacks.keys()]).toEqual([
      "espalier-empty-platform",
      "espalier-prod-platform",
      "espalier-prod-orders",
    ]);
    const orders = stacks.get("espalier-prod-orders");
    expect(orders).toMatchObject({ account: "111122223333", region: "eu-central-1" });
    if (!orders) return;
    const template = Template.fromStack(orders);
    template.hasResourceProperties("AWS::StepFunctions::StateMachineAlias", {
      DeploymentPreference: { Type: "LINEAR", Percentage: 20, Interval: 10 },
    });
    expect(JSON.stringify(template.toJSON())).toContain("head@example.com");
  });

  it("says everything that it finds, with places, and makes no stack", () => {
    const folder = project("broken", { "prod.yaml": "regoin: eu-central-1\n" });
    writeFileSync(join(folder, "bundles/orders/policy/prices.yaml"), "");
    rmSync(join(folder, "bundles/orders/approvals/confirm.yaml"));
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), join(kit, "bin/app.ts")],
      {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, CDK_OUTDIR: join(folder, "cdk.out") },
      },
    );
    expect(stdout).toBe("");
    expect(stderr).toContain("bundles/environments/prod.yaml:1:1  ESP201");
    expect(stderr).toContain("bundles/orders/workflow.yaml:");
    expect(stderr).toContain("ESP703");
    expect(stderr).not.toContain("    at ");
    expect(status).toBe(1);
  });
});
