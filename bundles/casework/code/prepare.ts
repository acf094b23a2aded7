import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { artifact, type Json, step, z } from "espalier";
import { callEspalier } from "../toolsets/workshop/call-espalier.ts";
import {
  baseReport,
  candidateReport,
  readReport,
  recordedOutput,
} from "../toolsets/workshop/candidate.ts";
import { candidateOf } from "../toolsets/workshop/copies.ts";
import { openProject } from "../toolsets/workshop/project.ts";
import { outputOf, Tested } from "../toolsets/workshop/test-report.ts";
import { Case } from "./case.ts";
import { compareDecisions, expectedOutput } from "./change/comparison.ts";
import { evidenceOf } from "./change/evidence.ts";
import { makePatch } from "./change/patch.ts";
import { Proposal } from "./change/proposal-text.ts";
import { spendOf, Usage } from "./change/spend.ts";

const Judged = z.object({
  explanation: z.string(),
  changed: z.array(z.string()),
  changes: z.array(z.string()),
  bumps: Proposal.shape.bumps,
  tested: Tested,
});

/** Makes the patch of the candidate that was tested, and what an approver needs to decide on it. */
export default step({
  input: z.object({ case: Case, judged: Judged }),
  output: z.object({
    evidence: z.record(z.string(), z.json()),
    /** JSON of a `Proposal`. */
    proposal: artifact(),
    patch: artifact(),
    page: artifact(),
  }),
  async run({ case: of, judged }, { run, signal, artifacts }) {
    const project = await openProject(run);
    const copy = candidateOf(project, of.workflow);
    const bundle = `bundles/${of.workflow}`;
    const place = { cwd: copy.root, signal };
    const today = outputOf(await readReport(baseReport(project)), of.name);
    const proposed = outputOf(await readReport(candidateReport(project)), of.name);
    const comparison = compareDecisions(of, today, proposed);

    const [expected, page] = [
      join(project.folder, "expected.json"),
      join(project.folder, "three-way.html"),
    ];
    const recorded = JSON.parse(await readFile(recordedOutput(project), "utf8")) as Json;
    await writeFile(expected, JSON.stringify(expectedOutput(of, recorded, proposed)));
    const [usage] = await Promise.all([
      callEspalier(project, ["show", run.id], { ...place, shape: Usage }),
      callEspalier(
        project,
        ["replay", of.location, "--against", bundle, "--expected", expected, "--html", page],
        { ...place, shape: z.looseObject({}) },
      ),
    ]);
    const folders = { folder: project.folder, before: "base", after: "candidate" };
    const patch = await makePatch(folders, signal);
    const edits = await Promise.all(
      judged.changed.map((path) => makePatch({ ...folders, paths: `${bundle}/${path}` }, signal)),
    );
    const proposal: Proposal = { case: of, comparison, ...judged, ...spendOf(usage) };
    const stored = {
      patch: await artifacts.put(patch, { mediaType: "text/x-diff", name: `${of.name}.patch` }),
      page: await artifacts.put(await readFile(page), {
        mediaType: "text/html",
        name: "three-way.html",
      }),
    };
    const kept = await artifacts.put(JSON.stringify(proposal), {
      ...{ mediaType: "application/json", name: "proposal.json" },
    });
    return {
      ...stored,
      proposal: kept,
      evidence: evidenceOf(proposal, edits.join(""), relative(project.root, page)),
    };
  },
});
