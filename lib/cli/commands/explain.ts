import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { explainRun, type StoredFacts } from "../../replay/explain-run.ts";
import type { RunRecord } from "../../runtime/control.ts";
import type { Json } from "../../runtime/json.ts";
import type { DeployedControl } from "../../runtime/kept-files.ts";
import { driveAws } from "../aws/drive-aws.ts";
import { namedSide, readSide } from "../bundles/bundle-side.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { runRecordDocument } from "../runs/documents.ts";
import { explainPage } from "../runs/explain-page.ts";
import { explainText } from "../runs/explain-text.ts";
import { findRun } from "../runs/find-run.ts";
import { nothingRan, readControl } from "../runs/open-control.ts";
import { type FactPlace, storedFacts } from "../runs/run-facts.ts";
import { readTest } from "../scenarios/stored-test.ts";

export const explain = defineCommand({
  name: "explain",
  aws: "beside data",
  summary: "Say what exactly ran, for whom, with what, and who approved it",
  details:
    "Answers eight questions from what is stored: the run, the snapshot of its bundle, its approvals and their audit, here or in a deployed environment, and the tests of its bundle that this data folder has. Nothing is looked up elsewhere, and no model is asked.",
  arguments: [["<run>", "id of the run, or a part that only it has"]],
  options: [
    {
      flags: "--against <bundle>",
      description:
        "also say what is different in another bundle: a folder or name, a digest, REVISION:PATH of git, or a run",
    },
    { flags: "--html <file>", description: "write it as one page that needs nothing else" },
  ],
  examples: [
    { command: "espalier explain 01K3Z", says: "the eight answers on one page" },
    { command: "espalier explain 01K3Z --against refunds", says: "and what has changed since" },
    { command: "espalier explain 01K3Z --html run.html", says: "to send to somebody" },
    { command: "espalier explain 01K3Z --environment prod", says: "a run that ran there" },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({
      against: z.string().min(1).optional(),
      html: z.string().min(1).optional(),
    }),
  },
  async perform(invocation, [wanted], { against, html }) {
    const { aws, dataDir } = invocation;
    const explainIn = async (place: FactPlace): Promise<Outcome> => {
      const run = await findRun(place.control, wanted);
      const answers = explainRun({
        ...(await storedFacts(run, place)),
        test: (await readTest(dataDir, run.digest)) ?? null,
        against: await changesSince(invocation, run, against, place.deployed),
      });
      if (html !== undefined) {
        await writeFile(resolve(invocation.io.cwd, html), explainPage(run, answers));
        invocation.out.line(`Written: ${html}`);
      } else invocation.out.lines(explainText(answers, invocation.out));
      const document = { run: runRecordDocument(run), answers: answers as unknown as Json };
      return { exitCode: 0, document };
    };
    if (aws) {
      return driveAws(aws, (control) => explainIn({ control, deployed: control, dataDir }));
    }
    const nothing = () => nothingRan(invocation);
    return readControl(invocation, (control) => explainIn({ control, dataDir }), nothing);
  },
});

async function changesSince(
  invocation: Invocation,
  run: RunRecord,
  against: string | undefined,
  deployed: DeployedControl | undefined,
): Promise<StoredFacts["against"]> {
  if (against === undefined) return null;
  const { diffParts } = await import("../../bundle/index.ts");
  const own = { shown: `run ${run.id}`, digest: run.digest };
  const before = await namedSide(invocation, own, deployed);
  const after = await readSide(invocation, against, deployed);
  return { name: after.shown, changes: diffParts(before.parts, after.parts) };
}
