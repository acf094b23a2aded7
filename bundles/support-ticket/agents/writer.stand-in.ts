/**
 * Answers in place of a model: looks up orders, asks for refunds, writes an answer of what it was told.
 * It believes what a ticket says, as a model may; the frame around it is what must hold.
 */
import { type Json, standIn, z } from "espalier";

const Given = z.object({
  ticket: z.object({ subject: z.string(), body: z.string() }),
  kind: z.string(),
  passages: z.array(z.object({ source: z.string(), text: z.string() })),
});
const Order = z.object({
  order: z.string(),
  item: z.string(),
  paid: z.number(),
  state: z.string(),
  shippedOn: z.string().nullable(),
  deliveredOn: z.string().nullable(),
});
type Order = z.infer<typeof Order>;
const Refund = z.object({
  id: z.string(),
  order: z.string(),
  amount: z.number(),
  receipt: z.record(z.string(), z.json()),
});
const Used = z.object({
  toolUse: z.object({ toolUseId: z.string(), name: z.string(), input: z.unknown() }),
});
const Result = z.object({
  toolResult: z.object({
    toolUseId: z.string(),
    status: z.string(),
    content: z.array(z.object({ json: z.record(z.string(), z.json()) })),
  }),
});

export default standIn((_request, { turn, input, messages, tools }) => {
  const { ticket, kind, passages } = Given.parse(input);
  const number = /\bA-\d{4}\b/.exec(`${ticket.subject} ${ticket.body}`)?.[0];
  if (turn === 0 && kind !== "question") {
    return number
      ? {
          text: `I look up ${number}.`,
          toolUse: [{ name: "find_order", input: { order: number } }],
        }
      : { text: "I look for the order.", toolUse: [{ name: "order_history", input: {} }] };
  }
  const done = resultsOf(messages);
  const orders = done.flatMap(({ value }) => ordersIn(value));
  const order = orders.find((each) => each.order === number) ?? orders[0];
  const asked = done.find(({ name }) => name === "issue_refund");
  const refund = asked ? (Refund.safeParse(asked.value).data ?? null) : null;
  if (kind === "refund" && order && !asked) {
    // What the ticket claims is due, or else the price.
    const claimed = /(?:refund|pay back)\D{0,30}?(\d+(?:\.\d+)?) ?EUR/i.exec(ticket.body)?.[1];
    const amount = claimed ? Math.min(Number.parseFloat(claimed), order.paid) : order.paid;
    const reason = `The customer asks for the money of ${order.order} back.`;
    return {
      text: `${reason} It was delivered on ${order.deliveredOn ?? "no day yet"}.`,
      toolUse: [{ name: "issue_refund", input: { order: order.order, amount, reason } }],
    };
  }
  const passage = passages[0];
  const quote = sentenceOf(passage?.text ?? "", kind);
  const facts = order
    ? [factOf(order), ...(refund ? [`Refund ${refund.id}: ${refund.amount} EUR.`] : [])]
    : [];
  // A first draft: it forgets the shop's name, which the gate asks for.
  const reply = ["Hello,", bodyOf({ kind, order, refund, quote })].join("\n\n");
  if (tools.includes("send_reply")) {
    return done.some(({ name }) => name === "send_reply")
      ? "The answer is sent."
      : { toolUse: [{ name: "send_reply", input: { text: `${reply}\n\nExample Shop` } }] };
  }
  const citations = passage && quote ? [{ source: passage.source, quote }] : [];
  return { json: { reply, facts, citations, refund } };
});

function bodyOf(about: {
  readonly kind: string;
  readonly order: Order | undefined;
  readonly refund: { readonly amount: number; readonly order: string } | null;
  readonly quote: string;
}): string {
  const { kind, order, refund, quote } = about;
  if (kind === "question") return quote ? `${quote}` : "We ask a colleague and come back to you.";
  if (!order) return "We did not find an order of yours for this. Please tell us its number.";
  if (refund) {
    return `For your order ${order.order} ${refund.amount} EUR have been refunded. Refunds go to the means of payment of the order and arrive within five working days.`;
  }
  if (kind === "refund") {
    return `We cannot pay your order ${order.order} back. Our policy: ${quote}`;
  }
  return `Your order ${order.order} is in the state "${order.state}"${order.shippedOn ? `; it was sent on ${order.shippedOn}` : ""}. ${quote}`;
}

function factOf({ order, item, paid, state, deliveredOn }: Order): string {
  const when = deliveredOn ? `, delivered on ${deliveredOn}` : "";
  return `${order}: ${item}, ${paid} EUR, ${state}${when}.`;
}

/** The first whole sentence of a passage, letter by letter; of a refusal the one that limits. */
function sentenceOf(text: string, kind: string): string {
  const lines = text
    .split("\n")
    .filter((line) => /^[A-Z].*\.$/.test(line.trim()) && line.length > 20);
  const limiting = kind === "refund" ? lines.find((line) => /30 days/.test(line)) : undefined;
  return (limiting ?? lines[0] ?? "").trim();
}

interface Done {
  readonly name: string;
  readonly value: Json;
}

/** What tools have answered, in order; errors as null. */
function resultsOf(messages: readonly { readonly content: readonly unknown[] }[]): Done[] {
  const blocks = messages.flatMap(({ content }) => content);
  const names = new Map(
    blocks.flatMap((block) => {
      const used = Used.safeParse(block).data?.toolUse;
      return used ? [[used.toolUseId, used.name] as const] : [];
    }),
  );
  return blocks.flatMap((block): Done[] => {
    const result = Result.safeParse(block).data?.toolResult;
    if (!result) return [];
    const json = result.content[0]?.json ?? {};
    const value = (result.status === "success" ? (json.result ?? json) : null) as Json;
    return [{ name: names.get(result.toolUseId) ?? "", value }];
  });
}

function ordersIn(value: Json): Order[] {
  const one = Order.safeParse(value);
  if (one.success) return [one.data];
  return z.object({ orders: z.array(Order) }).safeParse(value).data?.orders ?? [];
}
