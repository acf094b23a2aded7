import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadEnvironment } from "../../../lib/manifest/environment/load-environments.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-extends-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PROD = `description: All customers
retain: false
models: { adapter: bedrock, region: eu-central-1 }
bindings:
  models: { reader: small-reader@^2.1.0, judge: small-reader@^2.1.0 }
  playbooks: { triage: careful@1.2.0 }
config: { refunds: { most: 100, currency: EUR } }
groups: { legal: [ada@example.com] }
tags: { stage: prod }
`;

function load(name: string, files: Readonly<Record<string, string>>) {
  for (const [file, text] of Object.entries({ "prod.yaml": PROD, ...files })) {
    writeFileSync(join(folder, file), text);
  }
  return loadEnvironment(name, folder);
}

const told = (name: string, files: Readonly<Record<string, string>>) =>
  load(name, files).diagnostics.map(
    ({ code, message, place }) =>
      `${place?.file.split("/").at(-1)}:${place?.line}:${place?.column} ${code} ${message}`,
  );

describe("an environment that extends another", () => {
  it("differs from it in what it says, key by key where keys have names of their own", () => {
    const { environment, diagnostics } = load("prodacme", {
      "prodacme.yaml": `extends: prod
customer: acme
models: { adapter: openai, endpoint: "http://127.0.0.1:11434/v1" }
bindings: { models: { judge: large-reader@3.0.0 } }
config: { refunds: { most: 5 } }
groups: { legal: [bob@example.com] }
`,
    });
    expect(diagnostics).toEqual([]);
    expect(environment).toMatchObject({ name: "prodacme", file: expect.stringContaining("acme") });
    expect(environment?.environment).toMatchObject({
      customer: "acme",
      retain: false,
      models: { adapter: "openai", endpoint: "http://127.0.0.1:11434/v1" },
      bindings: {
        models: { reader: "small-reader@^2.1.0", judge: "large-reader@3.0.0" },
        playbooks: { triage: "careful@1.2.0" },
      },
      config: { refunds: { most: 5, currency: "EUR" } },
      groups: { legal: ["bob@example.com"] },
      tags: { stage: "prod" },
    });
    // Another adapter has other keys, and a description is of one environment.
    expect(environment?.environment.models).not.toHaveProperty("region");
    expect(environment?.environment.description).toBeUndefined();
    expect(load("prod", {}).environment?.environment.customer).toBeUndefined();
  });

  it("may be extended itself, and then hands on everything but its customer", () => {
    const { environment } = load("b", {
      "a.yaml": "extends: prod\ncustomer: acme\ntags: { tier: gold }\n",
      "b.yaml": "extends: a\ntags: { tier: silver }\n",
    });
    expect(environment?.environment.tags).toEqual({ stage: "prod", tier: "silver" });
    expect(environment?.environment.customer).toBeUndefined();
  });

  it.each<[string, string, Record<string, string>, string]>([
    [
      "none that there is",
      "a",
      { "a.yaml": "extends: production\n" },
      'a.yaml:1:10 ESP204 there is no environment "production"',
    ],
    ["itself", "a", { "a.yaml": "extends: a\n" }, 'a.yaml:1:10 ESP204 "a" extends "a"'],
    [
      "one that extends it",
      "a",
      { "a.yaml": "extends: b\n", "b.yaml": "extends: a\n" },
      'b.yaml:1:10 ESP204 "a" extends "b" extends "a"',
    ],
    [
      "one with an error, which is told where it stands",
      "a",
      { "a.yaml": "extends: prod\n", "prod.yaml": "retain: perhaps\n" },
      "prod.yaml:1:9 ESP",
    ],
    [
      "one that it contradicts",
      "a",
      { "a.yaml": "extends: prod\nbindings: { models: { reader: 1 } }\n" },
      "a.yaml:2:31 ESP",
    ],
  ])("may not extend %s", (_name, environment, files, expected) => {
    const found = told(environment, files);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it("is no customer's on one machine", () => {
    expect(told("local", { "local.yaml": "customer: acme\n" })).toEqual([
      'local.yaml:1:1 ESP207 "customer" means nothing on this machine',
    ]);
  });
});
