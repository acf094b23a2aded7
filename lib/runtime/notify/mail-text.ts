/** A message as plain text: complete, for whoever reads without HTML. */
import type { MessageContent } from "./message-content.ts";

const RULE = "--";

export function mailText(content: MessageContent, link: string): string {
  const { headline, lead, sections, facts, button, footer } = content;
  const blocks = [
    headline,
    lead,
    ...sections.map(({ title, lines }) =>
      [`${title}:`, ...lines.map((each) => `- ${each}`)].join("\n"),
    ),
    facts.map(([name, value]) => `${name}: ${value}`).join("\n"),
    ...(button === null ? [] : [`${button}:\n${link}`]),
    [RULE, ...footer].join("\n"),
  ];
  return `${blocks.join("\n\n")}\n`;
}
