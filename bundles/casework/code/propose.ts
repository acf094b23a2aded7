import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { artifact, StepError, step, z } from "espalier";
import { openProject } from "../toolsets/workshop/project.ts";
import { whyNotApplied } from "./change/patch.ts";
import { Proposal, proposalText } from "./change/proposal-text.ts";

const Approval = z.object({
  verdict: z.literal("approved"),
  by: z.string(),
  at: z.string(),
  reason: z.string().nullable(),
});

/** Writes what was approved beside the run's other files. The project itself stays as it is. */
export default step({
  input: z.object({
    proposal: artifact(),
    patch: artifact(),
    page: artifact(),
    approval: Approval,
  }),
  output: z.object({
    patch: artifact(),
    page: artifact(),
    evidence: artifact(),
    folder: z.string(),
  }),
  async run({ patch, page, approval, ...given }, { run, artifacts, signal }) {
    const proposal = Proposal.parse(await given.proposal.json());
    const project = await openProject(run);
    const folder = join(project.folder, "proposal");
    await mkdir(folder, { recursive: true });
    const file = join(folder, "change.patch");
    const text = proposalText(proposal, approval);
    await writeFile(file, await patch.text());
    await writeFile(join(folder, "three-way.html"), await page.text());
    await writeFile(join(folder, "proposal.md"), text);
    await writeFile(
      join(folder, "proposal.json"),
      `${JSON.stringify({ ...proposal, approval }, null, 2)}\n`,
    );
    const refused = await whyNotApplied(file, project.root, signal);
    if (refused) {
      throw new StepError(
        "Casework.BaseChanged",
        `The bundle has changed since the case was taken up, and the patch no longer fits it: ${refused}. Run casework again.`,
      );
    }
    const evidence = await artifacts.put(text, { mediaType: "text/markdown", name: "proposal.md" });
    return { patch, page, evidence, folder: relative(project.root, folder) };
  },
});
