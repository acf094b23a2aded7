import { z } from "zod";
import { defineCommand } from "../command.ts";

export const demo = defineCommand({
  name: "demo",
  summary: "See a real workflow run, from start to end",
  examples: [{ command: "npm start", says: "the same as: espalier demo" }],
  shape: { args: z.tuple([]), options: z.object({}) },
  async perform() {
    return { exitCode: 0 };
  },
});
