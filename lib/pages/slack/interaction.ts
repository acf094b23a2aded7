/** What Slack says has happened. https://docs.slack.dev/reference/interaction-payloads */
import * as z from "zod";

const User = z.object({ id: z.string().max(40) });

const Pressed = z.object({
  type: z.literal("block_actions"),
  user: User,
  trigger_id: z.string().max(400),
  response_url: z.string().max(2000).optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().max(2000).optional() }))
    .min(1),
});
export type Pressed = z.infer<typeof Pressed>;

const Field = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

const Submitted = z.object({
  type: z.literal("view_submission"),
  user: User,
  view: z.object({
    callback_id: z.string(),
    private_metadata: z.string().max(3000),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Field)) }),
  }),
});
export type Submitted = z.infer<typeof Submitted>;

const Interaction = z.discriminatedUnion("type", [Pressed, Submitted]);

/** Undefined for what is nothing that our messages and dialogs bring about. */
export function readInteraction(body: string): Pressed | Submitted | undefined {
  const payload = new URLSearchParams(body).get("payload");
  if (payload === null) return undefined;
  try {
    return Interaction.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
