import { fileURLToPath } from "node:url";
import { z } from "zod";
import { defineCommand } from "../command.ts";

/** The repository that Espalier itself lives in: what the demos review, and mend. */
const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

export const demo = defineCommand({
  name: "demo",
  summary: "See a real workflow run, from start to end",
  details:
    "Reviews the licences of this repository's own dependencies, on this machine; with casework, an expert finds one result wrong, and the bundle is mended. Needs no account; packages are looked into where npm's cache or a registry has them.",
  arguments: [["[what]", "license-review (default), or casework"]],
  examples: [
    { command: "npm start", says: "the same as espalier demo" },
    { command: "npm start -- casework", says: "from a wrong result to a patch, with its evidence" },
    { command: "npm start -- --json", says: "one document: the run and its report" },
  ],
  shape: {
    args: z.tuple([
      z
        .enum(["license-review", "casework"], { error: "expected license-review or casework" })
        .default("license-review"),
    ]),
    options: z.object({}),
  },
  async perform(invocation, [what]) {
    if (what === "casework") {
      const { caseworkDemo } = await import("../demo/casework-demo.ts");
      return caseworkDemo(invocation, REPOSITORY);
    }
    const { reviewDemo } = await import("../demo/review-demo.ts");
    return reviewDemo(invocation, REPOSITORY);
  },
});
