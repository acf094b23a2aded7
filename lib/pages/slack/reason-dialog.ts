/** The dialog that asks for a reason. https://docs.slack.dev/reference/views/modal-views */
import * as z from "zod";
import type { Approval } from "../../runtime/approval/approval.ts";
import { MAX_REASON } from "../../runtime/approval/judge-vote.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { messageText } from "../../runtime/notify/message-text.ts";
import { plain } from "../../runtime/notify/slack-blocks.ts";
import type { Submitted } from "./interaction.ts";

export const DIALOG = "espalier.decide";
export const REASON = "reason";
export const CATEGORY = "category";

/** Slack's own limit of a text input. */
const MAX_INPUT = 3000;

const Pending = z.strictObject({
  id: z.string().regex(/^[0-9a-z]{12}$/),
  evidence: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  verdict: z.enum(["approved", "rejected"]),
  /** Where the message is answered that the button belongs to. */
  answer: z.string().max(2000),
});
/** What the dialog is about; comes back with Slack's signature, and is no more than was shown. */
export type Pending = z.infer<typeof Pending>;

export interface Filled {
  readonly pending: Pending;
  readonly reason: string | null;
  readonly category: string | null;
}

export function reasonDialog({ policy }: Approval, pending: Pending): JsonObject {
  const { approve, reject, categories } = policy.reasons;
  const word = pending.verdict === "approved" ? "Approve" : "Reject";
  const isNeeded = (pending.verdict === "approved" ? approve : reject) === "required";
  const options = categories.map((category, index) => ({
    text: plain(messageText(category, 70), 75),
    value: String(index),
  }));
  const category: JsonObject = {
    type: "input",
    block_id: CATEGORY,
    optional: !isNeeded,
    label: plain("Kind of reason", 100),
    element: { type: "static_select", action_id: CATEGORY, options },
  };
  return {
    type: "modal",
    callback_id: DIALOG,
    private_metadata: JSON.stringify(pending),
    title: plain(word, 24),
    submit: plain(word, 24),
    close: plain("Not yet", 24),
    blocks: [
      { type: "section", text: plain(messageText(policy.title, 300), MAX_INPUT) },
      ...(options.length > 0 ? [category] : []),
      {
        type: "input",
        block_id: REASON,
        optional: !isNeeded,
        label: plain("Reason", 100),
        element: {
          type: "plain_text_input",
          action_id: REASON,
          multiline: true,
          max_length: Math.min(MAX_INPUT, MAX_REASON),
        },
      },
    ],
  };
}

/** Undefined for a dialog of somebody else's. `category` is its place in the policy's list. */
export function readDialog({ view }: Submitted): Filled | undefined {
  if (view.callback_id !== DIALOG) return undefined;
  const pending = Pending.safeParse(jsonOf(view.private_metadata)).data;
  if (!pending) return undefined;
  const { values } = view.state;
  const reason = values[REASON]?.[REASON]?.value?.trim() || null;
  const category = values[CATEGORY]?.[CATEGORY]?.selected_option?.value ?? null;
  return { pending, reason, category };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
