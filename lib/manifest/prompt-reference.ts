/** How prompts are named: as a file of the bundle, or as one of a component's prompts. */
import { z } from "zod";
import { issue } from "./issue.ts";
import { quoted } from "./quoted.ts";
import { staysInside } from "./values.ts";

const OF_COMPONENT = /^([a-z][a-z0-9-]{0,40})\/([A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*)$/;

export const PromptReference = z
  .string()
  .describe("A file of the bundle, prompts/ask.md, or ALIAS/NAME of uses.prompts.")
  .check((ctx) => {
    const text = ctx.value;
    if (text.endsWith(".md") ? staysInside(text) : OF_COMPONENT.test(text)) return;
    ctx.issues.push(
      issue(text, {
        code: text.endsWith(".md") ? "ESP702" : "ESP204",
        message: `${quoted(text)} names no prompt`,
        hint: "Write a file of the bundle, prompts/ask.md, or ALIAS/NAME of a component under uses.prompts.",
      }),
    );
  });

/** A reference that the grammar let through, taken apart. */
export function readPromptReference(
  text: string,
):
  | { readonly path: string; readonly alias?: undefined }
  | { readonly alias: string; readonly path: string } {
  const [, alias, name] = text.endsWith(".md") ? [] : (OF_COMPONENT.exec(text) ?? []);
  return alias === undefined ? { path: text } : { alias, path: `${name}.md` };
}
