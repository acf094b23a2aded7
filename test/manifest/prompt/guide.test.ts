import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parsePrompt } from "../../../lib/manifest/prompt/parse-prompt.ts";
import { ERROR_NAMES } from "../../../lib/runtime/errors.ts";

const guide = readFileSync(join(import.meta.dirname, "../../../docs/models.md"), "utf8");

describe("the guide to models", () => {
  it("shows prompts that can be read", () => {
    const prompts = [...guide.matchAll(/^```markdown prompt\n([\s\S]*?)^```$/gm)];
    expect(prompts.length).toBeGreaterThan(0);
    for (const [, text = ""] of prompts) {
      const { document, findings } = parsePrompt(text, "prompts/label.md");
      expect(findings).toEqual([]);
      expect(document?.parts.map(({ role }) => role)).toEqual(["system", "user"]);
    }
  });

  it("names every error of models", () => {
    for (const name of ERROR_NAMES.filter((each) => each.startsWith("Model."))) {
      expect(guide).toContain(`\`${name}\``);
    }
  });
});
