/** One message for one person, written for every channel. Pure: the same input, the same bytes. */
import type { Message } from "../approval/notifier.ts";
import { mailHtml } from "./mail-html.ts";
import { mailText } from "./mail-text.ts";
import { type MessageInput, messageContent } from "./message-content.ts";
import { slackBlocks } from "./slack-blocks.ts";

/**
 * Evidence is taken as the request holds it for its approvers: without what is classed beyond their
 * clearance.
 */
export function renderMessage(input: MessageInput): Message {
  const { kind, approval, to, link } = input;
  const content = messageContent(input);
  return {
    kind,
    to,
    approval,
    link,
    subject: content.subject,
    text: mailText(content, link),
    html: mailHtml(content, link),
    slack: slackBlocks(kind, approval, { content, link }),
  };
}
