/** `cdk synth` of one bundle: our app's process, once it is known to make what the plain app makes. */
import { join } from "node:path";
import { z } from "zod";
import { report } from "../peers/report.mjs";
import { inProject, writeBundles, writePlainHandlers } from "../synth/project.ts";
import { compareResources, synthesisResult, synthesize } from "../synth/run-app.ts";

const Options = z.object({ steps: z.number() });

await report(async (given) => {
  const { steps } = Options.parse(given);
  return await inProject(async (folder) => {
    writeBundles(folder, 1, steps);
    const plain = join(folder, "plain");
    writePlainHandlers(plain, steps);
    // Untimed, both: caches of files and of compiled TypeScript are warm afterwards.
    const theirs = await synthesize("plain", plain, "esbuild");
    const ours = await synthesize("ours", folder);
    compareResources(ours.resources, theirs.resources);
    return synthesisResult(await synthesize("ours", folder));
  });
});
