/** What is measured of a whole task: tickets of a shop, answered in a frame and by a loop. */
import type { Measure, Sizes } from "./measures.ts";

export function supportMeasures({ tickets, judged }: Sizes): Measure[] {
  return [
    {
      id: "support-ticket",
      title: `${tickets} support tickets, half of them with faults: wrong answers and unapproved refunds`,
      unit: "too many",
      ours: {
        name: "Espalier",
        file: "ours/support-ticket.ts",
        options: { tickets, atOnce: 4 },
      },
      peers: [{ name: "one agent in a loop", file: "peers/support-loop.ts", options: { tickets } }],
      // The same tickets and the same answers: a second round finds the same.
      rounds: 1,
      ...(judged && { atMost: 0 }),
    },
  ];
}
