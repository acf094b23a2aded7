import { z } from "zod";
import type { Json } from "../../runtime/json.ts";
import { driveAws } from "../aws/drive-aws.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { usageFailure } from "../failure.ts";
import type { PullReport } from "../pull/pull-run.ts";
import { findRun } from "../runs/find-run.ts";
import { safeText } from "../text/safe-text.ts";

export const pull = defineCommand({
  name: "pull",
  aws: "beside data",
  summary: "Bring a run of a deployed environment here, with its bundle and artifacts",
  details:
    "Brings what is kept of a run that has ended into the data folder, and the bundle that it ran, every file held against its digest. Then replay, explain, show and capture work on it offline, as on a run of this machine. Broken off, the same command goes on; nothing is fetched twice. What data classes mask stays masked; artifacts that they forbid to copy stay where they are.",
  arguments: [["<run>", "id of the run, or a part that only it has"]],
  options: [{ flags: "--without-artifacts", description: "bring the run and its bundle only" }],
  examples: [
    {
      command: "espalier pull 01K3Z --environment prod",
      says: "and then, offline: espalier replay 01K3Z",
    },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({ withoutArtifacts: z.boolean().default(false) }),
  },
  async perform(invocation, [wanted], { withoutArtifacts }) {
    const { aws, dataDir } = invocation;
    if (aws === undefined) {
      throw usageFailure(
        "A run is pulled from a deployed environment",
        "Name it with --environment. Runs of this machine are here already.",
      );
    }
    const { pullRun } = await import("../pull/pull-run.ts");
    return driveAws(aws, async (control, { environment }) => {
      const run = await findRun(control, wanted);
      const audit = await control.verifyAudit(run.id);
      const report = await pullRun({
        ...{ kept: control.kept, run, dataDir, artifacts: !withoutArtifacts },
        pulled: {
          ...{ format: 1, environment, region: aws.region ?? null, audit },
          at: new Date().toISOString(),
        },
      });
      print(invocation, report);
      return { exitCode: 0, document: report as unknown as Json };
    });
  },
});

function print({ out, suggest }: Invocation, report: PullReport): void {
  const { run, folder, isNew, bundle, artifacts } = report;
  const said = isNew ? out.color.green("pulled") : "is here already";
  out.line(`${safeText(run.id)}  ${said}`);
  out.line(`  run        ${folder}`);
  out.line(`  bundle     ${bundle.digest}${bundle.isNew ? "" : ", here already"}`);
  if (artifacts) {
    const { pulled, present, withheld, missing } = artifacts;
    const all = [
      ...[`${pulled.length} pulled`, `${present.length} here already`],
      ...(withheld.length > 0 ? [`${withheld.length} withheld by data class`] : []),
      ...(missing.length > 0 ? [out.color.yellow(`${missing.length} not kept any more`)] : []),
    ];
    out.line(`  artifacts  ${all.join(", ")}`);
  }
  out.line(`Run it again, offline: ${suggest(`replay ${run.id}`)}`);
}
