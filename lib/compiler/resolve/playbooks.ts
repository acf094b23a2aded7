/** Playbooks of an agent: texts that stand behind its instructions. */
import type { ComponentOf } from "../../bundle/component.ts";
import type { PromptDocument, PromptPart } from "../../runtime/prompt/prompt-document.ts";
import type { At, Finder } from "./finder.ts";

/** A part of the system for each, behind those of the instructions; undefined after a finding. */
export function withPlaybooks(
  prompt: PromptDocument | undefined,
  aliases: readonly string[],
  at: (index: number) => At,
  finder: Finder,
): PromptDocument | undefined {
  const found = aliases.map((alias, i) => finder.component("playbooks", alias, at(i)));
  if (!prompt || found.length === 0) return prompt;
  const added = found.flatMap((playbook) => (playbook ? [partOf(playbook)] : []));
  if (added.length < found.length) return undefined;
  const isSystem = ({ role }: PromptPart) => role === "system";
  const [system, rest] = [
    prompt.parts.filter(isSystem),
    prompt.parts.filter((part) => !isSystem(part)),
  ];
  return { ...prompt, parts: [...system, ...added, ...rest] };
}

/** All of its Markdown, in the order of paths. */
function partOf({ files }: ComponentOf<"playbooks">): PromptPart {
  const texts = [...files]
    .filter(([path]) => path.endsWith(".md"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, bytes]) => Buffer.from(bytes).toString().trim());
  return { role: "system", pieces: [{ text: texts.join("\n\n") }] };
}
