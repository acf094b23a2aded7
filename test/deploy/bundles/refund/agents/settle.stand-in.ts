import { standIn } from "espalier";

/** Reads the order, pays back half of it, and says so. */
export default standIn((_request, { turn }) => {
  if (turn === 0) return { toolUse: [{ name: "read_order", input: { order: "R-1" } }] };
  if (turn === 1) {
    const input = { order: "R-1", cents: 500, why: "half of it was broken" };
    return { text: "Half of it was broken.", toolUse: [{ name: "pay_back", input }] };
  }
  return { json: { refund: 500, reason: "half of it was broken" } };
});
