/** What code finds wrong with an answer. Pure. The orders are looked up anew: nobody's word counts. */
import { ORDERS } from "../toolsets/shop/orders.ts";

export interface Answer {
  readonly reply: string;
  /** Whose ticket it is. */
  readonly customer: string;
  readonly draft: {
    readonly citations: readonly { readonly source: string; readonly quote: string }[];
    readonly refund: { readonly order: string; readonly amount: number } | null;
  };
  readonly passages: readonly { readonly source: string; readonly text: string }[];
}

/** Sentences that tell a writer what to change; none if all is well. */
export function problemsOf({ reply, customer, draft, passages }: Answer): string[] {
  const orders = ORDERS.filter((order) => order.customer === customer);
  const problems: string[] = [];
  for (const { quote, source } of draft.citations) {
    const stands = passages.some(
      (passage) => passage.source === source && flat(passage.text).includes(flat(quote)),
    );
    if (!stands) problems.push(`What is cited from ${source} does not stand there.`);
  }
  if (/https?:|www\.|\b[\w-]+\.(?:com|net|org|io)\b/i.test(reply)) {
    problems.push("Take out links and addresses.");
  }
  for (const [number] of reply.matchAll(/\bA-\d{4,}\b/g)) {
    if (!orders.some(({ order }) => order === number)) {
      problems.push(`${number} is no order of this customer.`);
    }
  }
  const amounts = [...reply.matchAll(/(\d+(?:[.,]\d{1,2})?)\s*(?:EUR|€)/g)].map(([, amount]) =>
    Number.parseFloat((amount ?? "").replace(",", ".")),
  );
  for (const amount of amounts) {
    const isKnown = orders.some(({ paid }) => paid === amount) || draft.refund?.amount === amount;
    if (!isKnown) problems.push(`No order and no refund is of ${amount} EUR.`);
  }
  const promises = /\b(?:have|has|was|were|is|are)(?: been)? (?:paid back|refunded)\b/i.test(reply);
  if (promises && !draft.refund) problems.push("It says that money was paid back, and none was.");
  return problems;
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
