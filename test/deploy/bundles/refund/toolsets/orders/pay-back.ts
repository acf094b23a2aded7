import { step, z } from "espalier";

/** Each payment is an artifact of its own: how many there are tells how often it was paid. */
export default step({
  input: z.object({ order: z.string(), cents: z.int().min(1).max(10_000), why: z.string() }),
  output: z.object({ payment: z.string() }),
  async run({ order, cents }, { artifacts, idempotencyKey }) {
    const payment = `${order}: ${cents} cents, paid under ${idempotencyKey} at ${Date.now()}\n`;
    const { $artifact } = await artifacts.put(payment, { mediaType: "text/x-payment" });
    return { payment: $artifact };
  },
});
