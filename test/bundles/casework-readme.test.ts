import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CaseInput } from "../../bundles/casework/code/case.ts";

const BUNDLE = resolve(import.meta.dirname, "../../bundles/casework");
const text = readFileSync(join(BUNDLE, "README.md"), "utf8");
const contract = parse(readFileSync(join(BUNDLE, "contracts/case.yaml"), "utf8"));

describe("the README of casework", () => {
  const [, block = ""] = /^```json\n([\s\S]*?)^```$/m.exec(text) ?? [];

  it("shows a case that the workflow takes", () => {
    const example = JSON.parse(block);
    const ajv = new Ajv2020({ strict: false });
    expect(ajv.validate(contract, example), ajv.errorsText()).toBe(true);
    expect(ajv.validate(contract, { ...example, expected: {} })).toBe(false);
    expect(CaseInput.parse(example)).toEqual(example);
  });

  it("names every status of the outcome, and links to files that are there", () => {
    const outcome = parse(readFileSync(join(BUNDLE, "contracts/outcome.yaml"), "utf8"));
    for (const status of outcome.properties.status.enum) {
      expect(text).toContain(`| \`${status}\` |`);
    }
    const links = [...text.matchAll(/\]\(([^)\s#]+)\)/g)].map(([, target = ""]) => target);
    expect(links.length).toBeGreaterThan(5);
    for (const target of links) {
      expect(() => readFileSync(join(BUNDLE, target)), target).not.toThrow(/ENOENT/);
    }
  });
});
