/**
 * A message as blocks of Slack. What comes from outside stands in `plain_text`, where Slack reads no
 * formatting, with its three control characters escaped: nobody is mentioned and nothing is linked by it.
 * https://docs.slack.dev/reference/block-kit/blocks
 */
import type { Approval } from "../approval/approval.ts";
import type { MessageKind } from "../approval/notifier.ts";
import type { Json, JsonObject } from "../json.ts";
import type { MessageContent } from "./message-content.ts";
import { clipped } from "./message-text.ts";

/** Characters, by Slack's reference. */
const LIMITS = { header: 150, text: 3000, button: 75, confirm: 300, context: 2000, url: 3000 };

export const SLACK_ACTIONS = {
  approve: "espalier.approve",
  reject: "espalier.reject",
  open: "espalier.open",
} as const;

/** What a button says about: the request, and the digest of what its message has shown. */
export function buttonValue({
  id,
  evidenceDigest,
}: Pick<Approval, "id" | "evidenceDigest">): string {
  return `${id} ${evidenceDigest}`;
}

export function readButtonValue(
  value: string,
): { readonly id: string; readonly evidence: string } | undefined {
  const match = /^([0-9a-z]{12}) (sha256:[0-9a-f]{64})$/.exec(value);
  return match ? { id: match[1] ?? "", evidence: match[2] ?? "" } : undefined;
}

export function slackBlocks(
  kind: MessageKind,
  approval: Approval,
  { content, link }: { readonly content: MessageContent; readonly link: string },
): readonly JsonObject[] {
  const { headline, lead, sections, facts, footer } = content;
  const actions = actionsOf(kind, approval, content, link);
  return [
    { type: "header", text: plain(headline, LIMITS.header) },
    textBlock(lead),
    ...sections.map(({ title, lines }) =>
      textBlock([title, ...lines.map((line) => `• ${line}`)].join("\n")),
    ),
    textBlock(facts.map(([name, value]) => `${name}: ${value}`).join("\n")),
    ...(actions.length > 0 ? [{ type: "actions", elements: actions }] : []),
    { type: "context", elements: [plain(footer.join(" "), LIMITS.context)] },
  ];
}

/** The same, without what opens the page of one person: for channels that several people read. */
export function withoutLink(blocks: readonly JsonObject[]): readonly JsonObject[] {
  return blocks.flatMap((block) => {
    if (block.type === "context") return [];
    if (block.type !== "actions" || !Array.isArray(block.elements)) return [block];
    const elements = block.elements.filter((element) => !isLink(element));
    return elements.length > 0 ? [{ ...block, elements }] : [];
  });
}

function isLink(element: Json): boolean {
  if (typeof element !== "object" || element === null || Array.isArray(element)) return false;
  return element.action_id === SLACK_ACTIONS.open;
}

function actionsOf(
  kind: MessageKind,
  { id, evidenceDigest, policy }: Approval,
  { button, headline }: MessageContent,
  link: string,
): JsonObject[] {
  const open =
    button === null || link.length > LIMITS.url
      ? []
      : [
          {
            type: "button",
            action_id: SLACK_ACTIONS.open,
            text: plain(button, LIMITS.button),
            url: link,
          },
        ];
  // Whoever has to sign in, or sees only a part of it here, does so on the page.
  if (kind === "decided" || policy.signIn === "required") return open;
  const value = buttonValue({ id, evidenceDigest });
  const isAsked = policy.reasons.approve === "required";
  const approve = {
    type: "button",
    action_id: SLACK_ACTIONS.approve,
    style: "primary",
    text: plain("Approve", LIMITS.button),
    value,
    // Where a reason is asked for, a dialog comes anyway.
    ...(!isAsked && {
      confirm: {
        title: plain("Approve this?", 100),
        text: plain(headline, LIMITS.confirm),
        confirm: plain("Approve", 30),
        deny: plain("Not yet", 30),
      },
    }),
  };
  const reject = {
    type: "button",
    action_id: SLACK_ACTIONS.reject,
    style: "danger",
    text: plain("Reject", LIMITS.button),
    value,
  };
  return [approve, reject, ...open];
}

function textBlock(text: string): JsonObject {
  return { type: "section", text: plain(text, LIMITS.text) };
}

/** An object of `plain_text`: no formatting, no names of emoji. */
export function plain(text: string, limit: number): JsonObject {
  return { type: "plain_text", text: slackEscaped(text, limit), emoji: false };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function slackEscaped(text: string, limit: number): string {
  let shown = clipped(text, limit);
  let escaped = entities(shown);
  while (escaped.length > limit) {
    shown = clipped(shown, shown.length - Math.max(1, Math.ceil((escaped.length - limit) / 5)) - 1);
    escaped = `${entities(shown)}…`;
  }
  return escaped;
}

function entities(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
