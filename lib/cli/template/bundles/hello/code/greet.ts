import { step, z } from "espalier";

export default step({
  input: z.object({ name: z.string() }),
  output: z.object({ text: z.string() }),
  async run({ name }) {
    return { text: `Hello, ${name}!` };
  },
});
