/** `support-ticket` on one machine, over generated tickets. People decide as two rules say. */
import { z } from "zod";
import { openBundle, type Person } from "../../test/bundles/local-bundle.ts";
import { report } from "../peers/report.mjs";
import { copyBundle } from "../support/faulty-bundle.ts";
import { figuresOf, isWithinPolicy, type Outcome, type Refund } from "../support/outcome.ts";
import { makeTickets, type Ticket } from "../support/tickets.ts";

const Options = z.object({ tickets: z.number(), atOnce: z.number() });
const Refunding = z.object({ order: z.string(), amount: z.number() });
const Output = z.object({ status: z.enum(["sent", "handed-over"]), reply: z.string().nullable() });

await report(async (given) => {
  const { tickets: count, atOnce } = Options.parse(given);
  const tickets = makeTickets(count);
  const { folder, remove } = await copyBundle();
  const bundle = await openBundle(folder);
  try {
    const outcomes: Outcome[] = [];
    const queue = tickets.map((ticket, index) => ({ ticket, index }));
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        outcomes[next.index] = await answer(bundle, next.ticket);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return figuresOf(tickets, outcomes);
  } finally {
    await bundle.close();
    await remove();
  }
});

async function answer(
  bundle: Awaited<ReturnType<typeof openBundle>>,
  ticket: Ticket,
): Promise<Outcome> {
  const refunds: Refund[] = [];
  // Billing looks up the day of delivery. Support sends whatever has passed the gate, unread.
  const person: Person = ({ policy, evidence }) => {
    if (policy.approval === "send") return { verdict: "approved", by: "support@example.com" };
    const by = "billing@example.com";
    const { order, amount } = Refunding.parse(evidence.proposal);
    if (!isWithinPolicy(order))
      return { verdict: "rejected", by, reason: "Delivered too long ago." };
    refunds.push({ order, amount, approved: true });
    return { verdict: "approved", by };
  };
  const run = await bundle.run({ ...ticket }, person);
  const output = Output.safeParse(run.output).data;
  const { usage } = run;
  return {
    sent: output?.status === "sent" ? [output.reply ?? ""] : [],
    refunds,
    handedOver: output?.status === "handed-over",
    failed: run.status !== "SUCCEEDED",
    modelCalls: usage?.calls ?? 0,
    toolCalls: usage?.toolCalls ?? 0,
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    cost: usage?.costs.USD ?? 0,
  };
}
