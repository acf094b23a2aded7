import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAgent } from "../../lib/manifest/agent/load-agent.ts";
import { ToolsetFile } from "../../lib/manifest/components/toolset-file.ts";
import { checkGrammar } from "../../lib/manifest/grammar.ts";
import { agentSchema, componentFileSchemas } from "../../lib/manifest/json-schema.ts";
import { parseYaml } from "../../lib/manifest/yaml.ts";

const page = readFileSync(join(resolve(import.meta.dirname, "../.."), "docs/agents.md"), "utf8");
const examples = (form: string) =>
  [...page.matchAll(new RegExp(`\`\`\`yaml ${form}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, text = ""]) => text,
  );

describe("docs/agents.md", () => {
  it("shows an agent that is sound", () => {
    expect(examples("agent").map((text) => parseAgent(text, "a.yaml").diagnostics)).toEqual([[]]);
  });

  it("shows a toolset that is sound", () => {
    const found = examples("toolset").map((text) => {
      const { value, source } = parseYaml(text, "t.yaml");
      return checkGrammar(ToolsetFile, value, source).diagnostics;
    });
    expect(found).toEqual([[]]);
  });

  it("has every key of an agent, of its limits, and of a tool", () => {
    const agent = agentSchema().properties ?? {};
    const tools = JSON.stringify(componentFileSchemas().toolset);
    const keys = [
      ...Object.keys(agent),
      ...Object.keys((agent.limits as { properties?: object }).properties ?? {}),
      ...["description", "handler", "effect", "permissions", "timeout", "memory", "rate"],
      ...["idempotent", "redact"],
    ];
    expect(keys.filter((key) => key !== "apiVersion" && !page.includes(`\`${key}\``))).toEqual([]);
    for (const key of ["handler", "effect", "rate", "idempotent", "redact"]) {
      expect(tools).toContain(`"${key}"`);
    }
  });
});
