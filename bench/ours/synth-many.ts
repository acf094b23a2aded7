/**
 * `cdk synth` of more and more bundles: what one more costs, among few and among many. In seconds of
 * processors, as far as the system tells them: whether work grows in proportion is not for the
 * neighbours on the machine to say.
 */
import { z } from "zod";
import { report } from "../peers/report.mjs";
import { inProject, writeBundles } from "../synth/project.ts";
import { synthesize } from "../synth/run-app.ts";

const Options = z.object({
  steps: z.number(),
  /** Ascending: one, few, more, many. */
  bundles: z.tuple([z.number(), z.number(), z.number(), z.number()]),
});

async function secondsFor(bundles: number, steps: number): Promise<number> {
  return await inProject(async (folder) => {
    writeBundles(folder, bundles, steps);
    return (await synthesize("ours", folder)).processorMs / 1000;
  });
}

await report(async (given) => {
  const { steps, bundles } = Options.parse(given);
  const [one, few, more, many] = bundles;
  await secondsFor(one, steps);
  const seconds = new Map<number, number>();
  for (const count of bundles) seconds.set(count, await secondsFor(count, steps));
  const marginal = (from: number, to: number) =>
    ((seconds.get(to) ?? Number.NaN) - (seconds.get(from) ?? Number.NaN)) / (to - from);
  return {
    value: marginal(more, many) / marginal(few, more),
    parts: [
      ...[...seconds].map(([count, total]) => ({
        name: `${count} bundle${count === 1 ? "" : "s"}`,
        value: total / count,
        unit: "s a bundle",
      })),
      { name: `one more, ${few} to ${more}`, value: marginal(few, more), unit: "s" },
      { name: `one more, ${more} to ${many}`, value: marginal(more, many), unit: "s" },
    ],
  };
});
