import { step, z } from "espalier";

/** Kilograms from which on a person releases the parcel. */
const Config = z.object({ limit: z.number() });

export default step({
  input: z.object({ items: z.array(z.object({ name: z.string(), grams: z.int() })) }),
  output: z.object({ grams: z.int(), heavy: z.boolean() }),
  run: ({ items }, { config }) => {
    const grams = items.reduce((sum, item) => sum + item.grams, 0);
    return { grams, heavy: grams > Config.parse(config).limit * 1000 };
  },
});
