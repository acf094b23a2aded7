import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { ReplayReport } from "../../replay/index.ts";
import type { ThreeWay } from "../../replay/three-way/index.ts";
import type { Json } from "../../runtime/json.ts";
import { defineCommand } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { readJson } from "../input/read-input.ts";
import { explained, keptRun } from "../replay/kept-run.ts";
import { withBundle } from "../replay/open-bundle.ts";
import { openLive } from "../replay/open-live.ts";
import { reportText } from "../replay/report-text.ts";
import { threeWayPage } from "../replay/three-way-page.ts";
import { threeWayText } from "../replay/three-way-text.ts";

export const replay = defineCommand({
  name: "replay",
  summary: "Run a recorded run again, offline, and show where it differs",
  details:
    "On its own bundle, code that has no effect runs again and must give the same result; where it does not, the reason is named: clock, random, network, environment, order. Nothing outside is reached: tools, effects and people are answered from the record. With --against it says what is different, which change of the bundle explains it, and whether it is closer to what is expected. Exit code 1: it differs; with --expected: it is not as expected.",
  arguments: [["<run>", "id of a run that has ended, or the folder of one"]],
  options: [
    {
      flags: "--against <bundle>",
      description: "another bundle: its folder, its name, or the digest of one that ran here",
    },
    {
      flags: "--expected <file>",
      description: "with --against: JSON that should have come out; - reads standard input",
    },
    { flags: "--html <file>", description: "with --against: write it as one page, to send" },
    { flags: "--from <step>", description: "take every step before this one from the record" },
    {
      flags: "--input <file>",
      description: "with --from: JSON that the step is given; - reads standard input",
    },
    { flags: "--live", description: "ask models what they have not answered in the run" },
    { flags: "--budget <amount>", description: "with --live: what that may cost, as 0.50" },
  ],
  examples: [
    { command: "espalier replay 01K3Z", says: "is it still the same?" },
    { command: "espalier replay 01K3Z --against license-review", says: "what would it be today?" },
    {
      command: "espalier replay 01K3Z --against refunds --expected right.json --html d.html",
      says: "is it right today, and why?",
    },
    {
      command: "espalier replay 01K3Z --from conclude --input repaired.json",
      says: "what if a step had been given something else?",
    },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({
      against: z.string().min(1).optional(),
      expected: z.string().min(1).optional(),
      html: z.string().min(1).optional(),
      from: z.string().min(1).optional(),
      input: z.string().min(1).optional(),
      live: z.boolean().default(false),
      budget: z
        .string()
        .regex(/^\d{1,6}(\.\d{1,4})?$/, { error: "expected an amount, such as 0.50" })
        .optional(),
    }),
  },
  async perform(invocation, [wanted], { against, expected, html, from, input, live, budget }) {
    if (against === undefined && (expected ?? html) !== undefined) {
      const flag = expected === undefined ? "--html" : "--expected";
      throw usageFailure(`${flag} belongs to --against`, "Add --against BUNDLE.");
    }
    if (input !== undefined && from === undefined) {
      throw usageFailure("--input is what the step of --from is given", "Add --from STEP.");
    }
    if (budget !== undefined && !live) throw usageFailure("--budget limits --live", "Add --live.");
    const folder = await keptRun(invocation, wanted);
    const { openPorts } = await import("../../local/ports/index.ts");
    const { openRun, openBundleSnapshot, replayRun } = await import("../../replay/index.ts");
    const { replayThreeWay } = await import("../../replay/three-way/index.ts");
    const { artifacts } = openPorts(join(invocation.dataDir, "store"));
    const { report, threeWay } = await explained(async (): Promise<Replayed> => {
      const run = await openRun(folder);
      const bundles = join(invocation.dataDir, "bundles");
      const options = {
        ...{ artifacts, from },
        ...(input !== undefined && { input: await readJson(input, invocation.io) }),
        ...(live && { live: await openLive(invocation) }),
        ...(budget !== undefined && { budget: Math.round(Number(budget) * 1e6) }),
      };
      const own = openBundleSnapshot(bundles, run.run.digest);
      if (against === undefined) return { report: await replayRun(run, await own, options) };
      // Only to compare agents with: where it is gone, they count as changed.
      const kept = await own.catch(() => undefined);
      const right = expected === undefined ? undefined : await readJson(expected, invocation.io);
      return withBundle(invocation, against, (bundle) =>
        replayThreeWay(run, bundle, { ...options, own: kept }, right),
      );
    });
    const { out, io } = invocation;
    out.lines(threeWay ? threeWayText(threeWay, out) : reportText(report, out));
    if (threeWay && html !== undefined) {
      await writeFile(resolve(io.cwd, html), threeWayPage(threeWay));
      out.line(`Written: ${html}`);
    }
    const document = JSON.parse(JSON.stringify({ ...report, threeWay })) as Json;
    return { exitCode: isRight(report, threeWay) ? 0 : 1, document };
  },
});

/** As it was; or, where something is expected, as that, and not by a model's answer to something else. */
function isRight({ isIdentical }: ReplayReport, threeWay: ThreeWay | undefined): boolean {
  if (!threeWay?.expected) return isIdentical;
  return (
    threeWay.expected.off.current === 0 && threeWay.open.every(({ needs }) => needs !== "model")
  );
}

interface Replayed {
  readonly report: ReplayReport;
  readonly threeWay?: ThreeWay;
}
