import { artifact, step, z } from "espalier";

/** Writes the message to the outbox, an artifact here; a real one hands it to a mail service. */
export default step({
  input: z.object({
    ticket: z.object({ id: z.string(), from: z.string(), subject: z.string(), body: z.string() }),
    reply: z.string(),
    approval: z.object({ verdict: z.literal("approved"), by: z.string(), approval: z.string() }),
  }),
  output: z.object({ to: z.string(), message: artifact() }),
  async run({ ticket, reply, approval }, { artifacts, idempotencyKey }) {
    const message = {
      id: idempotencyKey,
      to: ticket.from,
      subject: `Re: ${ticket.subject}`,
      inReplyTo: ticket.id,
      text: reply,
      approvedBy: approval.by,
    };
    const stored = await artifacts.put(`${JSON.stringify(message, null, 2)}\n`, {
      mediaType: "application/json",
      name: `outbox-${ticket.id.replace(/[^\w-]/g, "_")}.json`,
    });
    return { to: ticket.from, message: stored };
  },
});
