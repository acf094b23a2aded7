import { artifact, StepError, step, z } from "espalier";
import { orderOf } from "./orders.ts";

export default step({
  input: z.strictObject({
    order: z.string().min(1).max(40),
    amount: z.number().positive().describe("In EUR, not more than was paid."),
    reason: z.string().min(1).max(300),
  }),
  output: z.object({ id: z.string(), order: z.string(), amount: z.number(), receipt: artifact() }),
  async run({ order, amount, reason }, { given, artifacts, idempotencyKey, run }) {
    const { paid, refunded } = orderOf(given, order);
    if (amount > paid - refunded) {
      throw new StepError(
        "Refund.TooHigh",
        `${amount} EUR is more than the ${paid - refunded} EUR that can be paid back for ${order}.`,
      );
    }
    // A real one would call the payment provider with this key, so that one call pays once.
    const id = `R-${idempotencyKey.slice(-12)}`;
    const body = JSON.stringify({ id, order, amount, reason, run: run.id });
    const receipt = await artifacts.put(body, {
      mediaType: "application/json",
      name: `${id}.json`,
    });
    return { id, order, amount, receipt };
  },
});
