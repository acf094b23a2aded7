/** What the guides to components show is what the grammars take, and the compiler knows what steps return. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { z } from "zod";
import { KnowledgeFile } from "../../lib/manifest/components/knowledge-file.ts";
import { MemoryFile } from "../../lib/manifest/components/memory-file.ts";
import { ToolsetFile } from "../../lib/manifest/components/toolset-file.ts";

const DOCS = resolve(import.meta.dirname, "../../docs");
const GRAMMARS: Readonly<Record<string, z.ZodType>> = {
  toolset: ToolsetFile,
  knowledge: KnowledgeFile,
  memory: MemoryFile,
};

const EXAMPLES = ["mcp.md", "knowledge-and-memory.md"].flatMap((guide) =>
  [...readFileSync(join(DOCS, guide), "utf8").matchAll(/```yaml (\w+)\n([\s\S]*?)```/g)].map(
    ([, kind = "", text = ""]) => ({ guide, kind, text }),
  ),
);

describe("the guides to components", () => {
  it("have examples", () => {
    expect(EXAMPLES.map(({ kind }) => kind)).toEqual([
      "toolset",
      "toolset",
      "toolset",
      "knowledge",
      "memory",
    ]);
  });

  it.each(EXAMPLES)("$guide shows a $kind that is sound", ({ kind, text }) => {
    const parsed = GRAMMARS[kind]?.safeParse(parse(text));
    const problems = parsed?.error?.issues.map(({ path }) => path.join(".")) ?? [];
    // Before its first pin, a toolset of an MCP server has no tools yet.
    const isUnpinned = kind === "toolset" && !text.includes("tools:\n");
    expect(problems).toEqual(isUnpinned ? ["mcp.tools"] : []);
  });
});
