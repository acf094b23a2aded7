/** Runs that have ended in the emulator, brought to this machine, run again there, and explained. */
import * as z from "zod";
import type { Report } from "./report.ts";
import { documentOf, listRuns } from "./runs.ts";
import { until } from "./until.ts";
import type { Workspace } from "./workspace.ts";

const Pulled = z.object({
  isNew: z.boolean(),
  artifacts: z.object({ pulled: z.array(z.string()), missing: z.array(z.string()) }),
});
const Replayed = z.object({
  isIdentical: z.boolean(),
  steps: z.array(z.looseObject({ step: z.string(), verdict: z.string() })),
});
const Explained = z.object({
  answers: z.array(z.object({ facts: z.array(z.object({ name: z.string(), value: z.string() })) })),
});

/** One of each workflow: with an approval, with an agent, with the code of `license-review`. */
export async function pullRuns(workspace: Workspace, report: Report): Promise<void> {
  report.step("runs are pulled, replayed and explained");
  const ended = (await listRuns(workspace)).filter(({ status }) => status === "SUCCEEDED");
  const each = new Map(ended.map((run) => [run.workflow, run]));
  await Promise.all(
    [...each.values()].map(async ({ id, workflow, digest }) => {
      let said = "";
      const { isNew, artifacts } = await until(`the snapshot of ${workflow}`, async () => {
        const finished = await workspace.espalier("pull", id);
        said = finished.stdout;
        return finished.code === 0 ? documentOf(finished, Pulled) : undefined;
      }).catch((error: Error) => {
        throw new Error(`${error.message} The last answer: ${said}`);
      });
      const { pulled, missing } = artifacts;
      report.check(
        `a run of ${workflow} is pulled, with ${pulled.length} artifacts`,
        isNew && missing.length === 0,
        artifacts,
      );
      const finished = await workspace.local("replay", id);
      const replayed = Replayed.safeParse(JSON.parse(finished.stdout)).data;
      if (!replayed) throw new Error(`The replay of ${id} says: ${finished.stdout}`);
      const odd = replayed.steps.filter(({ verdict }) => verdict !== "same");
      report.check(`one of ${workflow} is identical here, offline`, replayed.isIdentical, odd);
      const { answers } = documentOf(await workspace.espalier("explain", id), Explained);
      const values = answers.flatMap(({ facts }) => facts.map(({ value }) => value));
      report.check(
        `${answers.length} questions about one of ${workflow} are answered where it ran`,
        answers.length === 8 &&
          values.includes(digest) &&
          values.some((one) => /verified/.test(one)),
        answers,
      );
    }),
  );
  report.equal("three workflows have run", each.size, 3);
}
