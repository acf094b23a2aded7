/** Example data in the place of a shop's database. Customers see their own orders, whoever asks. */
import { type Json, StepError, z } from "espalier";

export const Order = z.object({
  order: z.string(),
  item: z.string(),
  /** Paid, in EUR. */
  paid: z.number(),
  refunded: z.number(),
  state: z.enum(["paid", "shipped", "delivered"]),
  /** ISO dates; null before it happened. */
  shippedOn: z.string().nullable(),
  deliveredOn: z.string().nullable(),
});
export type Order = z.infer<typeof Order>;

interface StoredOrder extends Order {
  readonly customer: string;
}

const CUSTOMERS = 20;
const ITEMS = ["trellis, 90 cm", "apple tree", "larch planter", "pear tree", "garden twine"];
const PRICES = [49.9, 34.5, 89, 36, 7.5];

/** Three orders each: delivered lately, delivered long ago, under way. Numbers count on: A-1001, … */
export const ORDERS: readonly StoredOrder[] = Array.from({ length: CUSTOMERS }, (_, customer) =>
  [0, 1, 2].map((each): StoredOrder => {
    const number = customer * 3 + each;
    const isUnderWay = each === 2;
    return {
      customer: customerOf(customer),
      order: `A-${1001 + number}`,
      item: ITEMS[number % ITEMS.length] ?? "",
      paid: PRICES[number % PRICES.length] ?? 0,
      refunded: 0,
      state: isUnderWay ? "shipped" : "delivered",
      shippedOn: ["2026-11-02", "2026-06-01", "2026-11-17"][each] ?? null,
      deliveredOn: ["2026-11-06", "2026-06-05", null][each] ?? null,
    };
  }),
).flat();

export function customerOf(index: number): string {
  return `customer${index + 1}@example.com`;
}

const Given = z.object({ ticket: z.object({ from: z.string() }) });

/** Orders of whoever wrote the ticket: not of whom it, or a model, names. */
export function ordersOf(given: Json): readonly Order[] {
  const read = Given.safeParse(given);
  if (!read.success) {
    throw new StepError("Step.Failed", "These tools need the ticket: with: { ticket: { from } }.");
  }
  const { from } = read.data.ticket;
  return ORDERS.filter(({ customer }) => customer === from).map((order) => Order.parse(order));
}

/** Throws `Order.NotFound`: for orders of others as for those that nobody has. */
export function orderOf(given: Json, number: string): Order {
  const found = ordersOf(given).find(({ order }) => order === number);
  if (found) return found;
  throw new StepError(
    "Order.NotFound",
    `This customer has no order ${JSON.stringify(number.slice(0, 40))}.`,
  );
}
