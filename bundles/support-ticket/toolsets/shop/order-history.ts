import { step, z } from "espalier";
import { Order, ordersOf } from "./orders.ts";

export default step({
  input: z.strictObject({}),
  output: z.object({ orders: z.array(Order) }),
  run: (_, { given }) => ({
    orders: [...ordersOf(given)].sort((a, b) => (a.order < b.order ? 1 : -1)).slice(0, 50),
  }),
});
