/** `cdk synth` of the plain CDK app in `plain-cdk/`. */
import { z } from "zod";
import { inProject, writePlainHandlers } from "../synth/project.ts";
import { synthesisResult, synthesize } from "../synth/run-app.ts";
import { report } from "./report.mjs";

const Options = z.object({
  steps: z.number(),
  /** How its functions get their code; see `plain-cdk/code.ts`. */
  code: z.enum(["esbuild", "nodejs-function", "as-it-is"]),
});

await report(async (given) => {
  const { steps, code } = Options.parse(given);
  return await inProject(async (folder) => {
    writePlainHandlers(folder, steps);
    await synthesize("plain", folder, code);
    return synthesisResult(await synthesize("plain", folder, code));
  });
});
