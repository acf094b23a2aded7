import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBundle } from "../../lib/bundle/index.ts";
import { compile } from "../../lib/compiler/index.ts";
import { approvalPolicySchema, manifestSchema } from "../../lib/manifest/json-schema.ts";
import { KINDS } from "../../lib/manifest/kind.ts";
import { loadApprovalPolicy } from "../../lib/manifest/load-approval-policy.ts";
import { STEP_SCHEMAS } from "../../lib/manifest/step.ts";
import { parseYaml } from "../../lib/manifest/yaml.ts";
import { exampleFiles, writeFiles } from "./example-bundle.ts";

const repository = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(repository, "docs/manifest.md"), "utf8");
const examples = [...page.matchAll(/```yaml (\w+)\n([\s\S]*?)```/g)].map(
  ([, form = "", text = ""]) => ({
    form,
    text,
    name: text.split("\n").slice(0, 2).join(" "),
  }),
);

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-docs-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ajv = new Ajv2020({ strict: false, logger: false });
const validManifest = ajv.compile(manifestSchema());
const validPolicy = ajv.compile(approvalPolicySchema());

function filesOf(form: string, text: string): Record<string, string> {
  if (form === "manifest") return exampleFiles({ manifest: text });
  return exampleFiles(form === "keys" ? { keys: text } : { steps: text });
}

describe("docs/manifest.md", () => {
  it.each(examples.filter(({ form }) => ["manifest", "steps", "keys"].includes(form)))(
    "is right about $name",
    async ({ form, text }) => {
      const folder = mkdtempSync(join(root, "example-"));
      const files = filesOf(form, text);
      writeFiles(folder, files);
      const { bundle, diagnostics } = await loadBundle(folder);
      expect(diagnostics).toEqual([]);
      if (bundle) {
        const { plan, diagnostics: found } = compile(bundle, { today: "2026-11-21" });
        // The page shows a waiver and effects without the whole around them.
        expect(found.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(plan).toBeDefined();
      }
      expect(validManifest(parseYaml(files["workflow.yaml"] ?? "", "w").value)).toBe(true);
    },
  );

  it("is right about policies", () => {
    for (const { text } of examples.filter(({ form }) => form === "policy")) {
      const path = join(root, "policy.yaml");
      writeFileSync(path, text);
      expect(loadApprovalPolicy(path).diagnostics).toEqual([]);
      expect(validPolicy(parseYaml(text, "p").value)).toBe(true);
    }
    expect(examples.some(({ form }) => form === "policy")).toBe(true);
  });

  it("has every kind of step and every key", () => {
    const words = new Set(page.match(/[\w-]+/g));
    const keys = [...KINDS, ...KINDS.flatMap((kind) => Object.keys(STEP_SCHEMAS[kind].shape))];
    expect(keys.filter((key) => key !== "kind" && !words.has(key))).toEqual([]);
    const top = Object.keys(manifestSchema().properties ?? {});
    expect(top.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
    const policy = Object.keys(approvalPolicySchema().properties ?? {});
    expect(policy.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });
});

describe("the published JSON Schema", () => {
  const manifest = (steps: string) =>
    parseYaml(exampleFiles({ steps })["workflow.yaml"] ?? "", "w").value;

  it("accepts the bundles of this repository", () => {
    const text = readFileSync(join(repository, "bundles/license-review/workflow.yaml"), "utf8");
    expect([validManifest(parseYaml(text, "w").value), validManifest.errors]).toEqual([true, null]);
  });

  it.each([
    ["an unknown key", "- { id: a, set: 1, zet: 2 }\n"],
    ["a step without a kind", "- { id: a }\n"],
    ["the normalized form", "- { id: a, set: 1, kind: set }\n"],
    ["a bad id", "- { id: a-b, set: 1 }\n"],
    ["a bad duration, in depth", "- { id: a, parallel: { b: [{ id: c, wait: 5w }] } }\n"],
    ["a later kind", "- { id: a, http: b }\n"],
  ])("refuses %s", (_name, steps) => {
    expect(validManifest(manifest(steps))).toBe(false);
  });
});
