import type { ContentBlock, Message, ModelReply, ModelRequest } from "./model.ts";
import { ANSWER_TOOL } from "./structured-output.ts";

/** The request again, with the reply and what is wrong with it: the one chance to repair an answer. */
export function repairRequest(
  request: ModelRequest,
  { content }: ModelReply,
  problem: string,
): ModelRequest {
  const words = `This answer does not fit its contract:\n${problem}\nGive the whole answer again, corrected.`;
  const said = content.filter((block) => !("text" in block) || block.text.trim() !== "");
  const hasSaid = said.some((block) => "text" in block || "toolUse" in block);
  const [last, ...before] = [...request.messages].reverse();
  if (!hasSaid && last) {
    // Services take no empty turn, and no two turns of a user in a row.
    const note: ContentBlock = { text: words };
    const message: Message = { ...last, content: [...last.content, note] };
    return { ...request, messages: [...before.reverse(), message] };
  }
  const results = said.flatMap((block): ContentBlock[] =>
    "toolUse" in block
      ? [
          {
            toolResult: {
              toolUseId: block.toolUse.toolUseId,
              status: "error",
              content: [
                {
                  text:
                    block.toolUse.name === ANSWER_TOOL ? words : "There is no tool of this name.",
                },
              ],
            },
          },
        ]
      : [],
  );
  const isTold = said.some((block) => "toolUse" in block && block.toolUse.name === ANSWER_TOOL);
  const content2: ContentBlock[] = isTold ? results : [...results, { text: words }];
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: "assistant", content: said },
      { role: "user", content: content2 },
    ],
  };
}
