import { step, z } from "espalier";

export default step({
  input: z.object({ order: z.string() }),
  output: z.object({ order: z.string(), cents: z.int(), state: z.string() }),
  run: async ({ order }) => ({ order, cents: 1000, state: "delivered, half of it broken" }),
});
