import { artifact, step, z } from "espalier";
import { EDITION } from "./edition.ts";

export default step({
  input: z.object({
    order: z.string(),
    grams: z.int(),
    approval: z.object({ verdict: z.literal("approved"), by: z.string() }),
  }),
  output: z.object({ edition: z.string(), label: artifact() }),
  async run({ order, grams, approval }, { artifacts }) {
    const text = `${order}: ${grams} g, released by ${approval.by}, ${EDITION} edition\n`;
    const label = await artifacts.put(text, { mediaType: "text/plain", name: "label.txt" });
    return { edition: EDITION, label };
  },
});
