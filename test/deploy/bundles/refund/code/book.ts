import { step, z } from "espalier";

export default step({
  input: z.object({ order: z.string(), refund: z.int() }),
  output: z.object({ booked: z.string() }),
  run: async ({ order, refund }) => ({ booked: `${order}: ${refund} cents` }),
});
