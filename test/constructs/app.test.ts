import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Stack, Token } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { afterAll, describe, expect, it } from "vitest";
import { buildApp } from "../../lib/constructs/app.ts";
import { DiagnosticsError } from "../../lib/manifest/diagnostic.ts";
import { LOG_DAYS } from "../../lib/manifest/environment/log-days.ts";
import { playbook } from "../bundle/project.ts";
import { writeFiles } from "../manifest/example-bundle.ts";
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

  it("gives each environment the bundle that its bindings make", async () => {
    const bound = (range: string) => `bindings: { playbooks: { triage: careful@${range} } }\n`;
    const folder = project("bound", {
      "a.yaml": bound("1.2.0"),
      "b.yaml": "bindings: { playbooks: { triage: quick@3.x } }\n",
      "c.yaml": bound("^1.0.0"),
      "local.yaml": "bindings: { playbooks: { triage: nothing@1.0.0 } }\n",
      "other.yaml": "workflows: []\n",
    });
    writeFiles(join(folder, "bundles"), {
      ...playbook("components/playbooks/careful"),
      ...playbook("components/playbooks/quick", "3.0.0"),
    });
    const manifest = join(folder, "bundles/orders/workflow.yaml");
    const text = readFileSync(manifest, "utf8");
    writeFileSync(manifest, `${text}uses: { playbooks: { triage: { bind: playbooks.triage } } }\n`);
    const stacks = await stacksOf(folder);
    expect([...stacks.keys()].filter((name) => name.endsWith("-orders"))).toEqual([
      "espalier-a-orders",
      "espalier-b-orders",
      "espalier-c-orders",
    ]);
    const digests = ["a", "b", "c"].map((name) => {
      const stack = stacks.get(`espalier-${name}-orders`);
      const found = stack && Template.fromStack(stack).findResources("Custom::EspalierSnapshot");
      return Object.values(found ?? {})[0]?.Properties.Digest as string;
    });
    expect(digests[0]).toMatch(/^sha256:/);
    expect(digests[1]).not.toBe(digests[0]);
    expect(digests[2]).toBe(digests[0]);

    writeFileSync(join(folder, "bundles/environments/b.yaml"), "retain: false\n");
    writeFileSync(join(folder, "bundles/environments/c.yaml"), bound("^7.0.0"));
    const error: unknown = await stacksOf(folder).catch((thrown: unknown) => thrown);
    if (!(error instanceof DiagnosticsError)) throw error;
    expect(error.diagnostics.map(({ code }) => code).sort()).toEqual(["ESP803", "ESP805"]);
  });

  it("keeps logs for what CloudWatch can", () => {
    const days = Object.values(RetentionDays).filter((value) => typeof value === "number");
    expect([...days].sort((a, b) => a - b)).toEqual(LOG_DAYS);
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
