/** Names of tools, as models see and call them. */
import { z } from "zod";
import { issue } from "../issue.ts";
import { quoted } from "../quoted.ts";

/** What the Converse API lets a tool be called. */
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Tools that every agent has; a toolset cannot have them too. */
export const BUILT_IN_TOOLS: readonly string[] = ["submit", "read_result"];

export const ToolName = z
  .string()
  .describe("Letters, digits, underscores and dashes; at most 64.")
  .meta({ pattern: TOOL_NAME.source })
  .check((ctx) => {
    const text = ctx.value;
    const taken = BUILT_IN_TOOLS.includes(text);
    if (TOOL_NAME.test(text) && !taken) return;
    ctx.issues.push(
      issue(text, {
        code: taken ? "ESP209" : "ESP210",
        message: taken
          ? `"${text}" is a tool that every agent has already`
          : `${quoted(text)} cannot be the name of a tool`,
        hint: taken
          ? "Give the tool another name."
          : "Models call tools by letters, digits, underscores and dashes; at most 64 in all.",
      }),
    );
  });

/** Name of a tool with code of its own: a part of its function's name, after the toolset's alias. */
export const OwnToolName = ToolName.check((ctx) => {
  if (!ctx.value.includes("-")) return;
  ctx.issues.push(
    issue(ctx.value, {
      code: "ESP210",
      message: `${quoted(ctx.value)} cannot be the name of a tool with code of its own`,
      hint: "Write underscores instead of dashes: a dash ends the toolset's name in the name of its function.",
    }),
  );
});
