import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkNames } from "../../../lib/manifest/environment/check-names.ts";
import {
  deployedEnvironments,
  loadEnvironment,
  loadEnvironments,
  modelSettingsOf,
} from "../../../lib/manifest/environment/load-environments.ts";

const root = mkdtempSync(join(tmpdir(), "espalier-environments-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;

function load(files: Record<string, string>) {
  const folder = join(root, String(count++));
  mkdirSync(join(folder, "bundles/environments"), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, "bundles/environments", name), text);
  }
  return loadEnvironments(folder);
}

/** Each as `line:column code message`. */
function findings(text: string, name = "prod.yaml"): string[] {
  return load({ [name]: text }).diagnostics.map(
    ({ code, message, place }) => `${place?.line}:${place?.column} ${code} ${message}`,
  );
}

describe("environments", () => {
  it("are files beside the bundles, by name; there need be none", () => {
    expect(loadEnvironments(join(root, "nowhere"))).toEqual({ environments: [], diagnostics: [] });
    const { environments, diagnostics } = load({
      "prod.yaml": 'account: "111122223333"\nregion: eu-central-1\n',
      "dev.yaml": "retain: false\n",
      "README.md": "not one\n",
    });
    expect(diagnostics).toEqual([]);
    expect(environments.map(({ name }) => name)).toEqual(["dev", "prod"]);
  });

  it("say where to deploy, how long to keep, who decides and what is watched", () => {
    const { environments, diagnostics } = load({
      "prod.yaml": `
description: What customers use
account: "111122223333"
region: eu-central-1
workflows: [orders]
retention:
  class: long
  classes: { short: 30d, long: 3650d }
  logs: 90d
lock: { mode: compliance, period: 365d }
key: arn:aws:kms:eu-central-1:111122223333:key/1
alarms: { topic: "arn:aws:sns:eu-central-1:111122223333:alarms" }
deployment: { type: canary, percentage: 10, interval: 15m }
approvers: { confirm: [head@example.com] }
bindings: { models: { reader: small-reader@^1.0.0 } }
config: { orders: { ceiling: 10 } }
tags: { team: platform }
`,
    });
    expect(diagnostics).toEqual([]);
    expect(environments[0]?.environment).toMatchObject({
      retain: true,
      retention: { class: "long", classes: { short: 30, long: 3650 }, logs: 90 },
      lock: { mode: "compliance", period: 365 },
      deployment: { interval: 15 },
      config: { orders: { ceiling: 10 } },
    });
  });

  it.each([
    [
      "a key that there is not",
      "regoin: eu-central-1\n",
      '1:1 ESP201 the key "regoin" is unknown here',
    ],
    [
      "a region alone",
      "region: eu-central-1\n",
      "1:1 ESP202 region and account belong together: account is missing here",
    ],
    [
      "an account that YAML reads as a number",
      "account: 111122223333\nregion: eu-central-1\n",
      "1:10 ESP203 text is expected here, found the number 111122223333",
    ],
    [
      "a time that CloudWatch does not know",
      "retention: { logs: 45d }\n",
      "1:20 ESP204 CloudWatch Logs cannot keep for exactly 45 days",
    ],
    [
      "part of a day",
      "retention: { classes: { short: 36h } }\n",
      '1:32 ESP204 the text "36h" is not possible here',
    ],
    ["a key's alias in place of its ARN", "key: alias/mine\n", /^1:6 ESP204 /],
    [
      "all at once, a hundred percent",
      "deployment: { type: canary, percentage: 100, interval: 5m }\n",
      /^1:41 ESP204 /,
    ],
    [
      "an interval without unit",
      "deployment: { type: linear, percentage: 10, interval: 5 }\n",
      /ESP211/,
    ],
    [
      "an adapter for models that there is not",
      "models: { adapter: openia }\n",
      '1:20 ESP204 the text "openia" is not possible here',
    ],
    [
      "models without an adapter",
      "models: { endpoint: http://127.0.0.1/v1 }\n",
      '1:9 ESP202 the key "adapter" is missing here',
    ],
    [
      "an OpenAI-compatible server without its address",
      "models: { adapter: openai }\n",
      '1:9 ESP202 the adapter openai needs the key "endpoint" here',
    ],
    [
      "an address that is none",
      "models: { adapter: openai, endpoint: localhost }\n",
      '1:38 ESP204 the text "localhost" is not possible here',
    ],
    [
      "a key that another adapter has",
      "models: { adapter: stand-in, region: eu-central-1 }\n",
      '1:30 ESP207 "region" means nothing to the adapter stand-in',
    ],
    [
      "a secret in the file itself",
      "models: { adapter: openai, endpoint: https://example.com/v1, apiKey: abc }\n",
      /^1:70 ESP203 a mapping is expected here/,
    ],
    [
      "recordings outside of the project",
      "models: { adapter: recording, recordings: ../other }\n",
      '1:43 ESP204 "../other" is no path inside of the project',
    ],
    [
      "a service to record without its address",
      "models: { adapter: recording, recordings: r, from: { adapter: openai } }\n",
      '1:52 ESP202 the adapter openai needs the key "endpoint" here',
    ],
    [
      "recordings of recordings",
      "models: { adapter: recording, recordings: r, from: { adapter: recording } }\n",
      /^1:63 ESP204 the text "recording" is not possible here/,
    ],
    ["nobody to decide", "approvers: { confirm: [] }\n", /^1:23 ESP204 /],
    ["broken YAML", "workflows: [a, b\n", /ESP110/],
  ])("a finding names %s and its place", (_, text, expected) => {
    const found = findings(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it("a finding names a file that cannot name an environment", () => {
    expect(findings("retain: true\n", "eu-prod.yaml")).toEqual([
      '1:1 ESP210 "eu-prod", the name of this file, cannot name an environment',
    ]);
  });

  it("all findings of all files come at once", () => {
    const { diagnostics, environments } = load({
      "a.yaml": "retain: maybe\nlogLevel: LOUD\n",
      "b.yaml": "dashboard: 1\n",
      "c.yaml": "retain: false\n",
    });
    expect(diagnostics.map(({ code }) => code)).toEqual(["ESP203", "ESP204", "ESP203"]);
    expect(environments.map(({ name }) => name)).toEqual(["c"]);
  });

  it("of this machine is there without a file, and never deployed", () => {
    const folder = join(root, String(count), "bundles/environments");
    const none = loadEnvironment("local", folder).environment;
    expect(none).toMatchObject({ name: "local", source: null });
    expect(none && modelSettingsOf(none)).toEqual({ adapter: "stand-in" });
    const { environments } = load({ "local.yaml": "models: { adapter: bedrock }\n" });
    const [local] = environments;
    expect(local && modelSettingsOf(local)).toEqual({ adapter: "bedrock" });
    const deployed = deployedEnvironments(root, environments);
    expect(deployed.map(({ name }) => name)).toEqual(["dev"]);
    expect(deployed.map(modelSettingsOf)).toEqual([{ adapter: "bedrock" }]);
    expect(loadEnvironment("local", folder).environment?.name).toBe("local");
  });

  it.each([
    ["bedrock", "{ adapter: bedrock, region: eu-west-1, endpoint: https://example.com }"],
    [
      "a key from the environment",
      "{ adapter: openai, endpoint: http://127.0.0.1:1/v1, apiKey: { env: KEY } }",
    ],
    [
      "a key from a secret",
      "{ adapter: openai, endpoint: https://example.com/v1, apiKey: { secret: arn:aws:secretsmanager:eu-west-1:111122223333:secret:key } }",
    ],
    ["recordings", "{ adapter: recording, recordings: recordings/reader }"],
    [
      "recordings to be made",
      "{ adapter: recording, recordings: r, from: { adapter: openai, endpoint: http://127.0.0.1:1/v1 } }",
    ],
    ["a stand-in", "{ adapter: stand-in }"],
  ])("say what answers models: %s", (_, text) => {
    const { environments, diagnostics } = load({ "prod.yaml": `models: ${text}\n` });
    expect(diagnostics).toEqual([]);
    expect(environments[0]?.environment.models).toBeDefined();
  });

  it("names of workflows and policies that no bundle has are found where they stand", () => {
    const { environments } = load({
      "prod.yaml":
        "workflows: [orders, odrers]\nconfig: { shipping: {} }\napprovers: { confrim: [a@example.com] }\n",
    });
    const known = { workflows: ["orders"], policies: ["confirm"] };
    expect(
      checkNames(environments, known).map(
        ({ code, message, hint, place }) =>
          `${place?.line}:${place?.column} ${code} ${message}. ${hint}`,
      ),
    ).toEqual([
      '1:21 ESP204 no bundle has the workflow "odrers". Did you mean "orders"?',
      '2:11 ESP201 no bundle has the workflow "shipping". There are orders.',
      '3:14 ESP201 no bundle has the approval policy "confrim". Did you mean "confirm"?',
    ]);
  });
});
