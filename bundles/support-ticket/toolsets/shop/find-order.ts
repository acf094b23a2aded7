import { step, z } from "espalier";
import { Order, orderOf } from "./orders.ts";

export default step({
  input: z.strictObject({ order: z.string().min(1).max(40).describe("Its number, as A-1001.") }),
  output: Order,
  run: ({ order }, { given }) => orderOf(given, order),
});
