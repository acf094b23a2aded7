import { writeFile } from "node:fs/promises";
import { StepError, step, z } from "espalier";
import { callEspalier } from "../toolsets/workshop/call-espalier.ts";
import { isFree, recordedOutput } from "../toolsets/workshop/candidate.ts";
import { copyProject } from "../toolsets/workshop/copies.ts";
import { openProject } from "../toolsets/workshop/project.ts";
import { Case, CaseInput, scenarioName } from "./case.ts";
import { decisionsIn, isAsExpected } from "./review-decision.ts";

const Config = z.object({ bundle: z.string() });

const Shown = z.object({
  run: z.object({
    id: z.string(),
    workflow: z.string(),
    digest: z.string(),
    status: z.string(),
    startedAt: z.string(),
    location: z.string(),
    output: z.json(),
  }),
});

/** Copies the bundle as it is now, and sees what the run has decided on the component. */
export default step({
  input: CaseInput,
  output: Case,
  async run(input, { config, run, signal }) {
    const { bundle: workflow } = Config.parse(config);
    const project = await openProject(run);
    const { root } = await copyProject(project, workflow);
    const { run: shown } = await callEspalier(project, ["show", input.run], {
      ...{ cwd: root, shape: Shown, signal },
    });
    if (shown.workflow !== workflow || shown.status !== "SUCCEEDED") {
      throw new StepError(
        "Case.NotReadable",
        `${shown.id} is a run of ${shown.workflow} (${shown.status}). Name one of ${workflow} that has succeeded.`,
      );
    }
    const { component, expected } = input;
    const recorded = decisionsIn(shown.output).get(component);
    if (!recorded) {
      throw new StepError(
        "Case.ComponentNotFound",
        `The run has decided on no ${JSON.stringify(component)}. Write name@version, as its report does.`,
      );
    }
    if (isAsExpected(recorded, expected)) {
      throw new StepError(
        "Case.NotWrong",
        `The run has decided just that on ${component}: ${recorded.verdict}, ${recorded.licence}.`,
      );
    }
    await writeFile(recordedOutput(project), JSON.stringify(shown.output));
    return {
      ...input,
      ...{ workflow, recorded, bundle: shown.digest, location: shown.location },
      run: shown.id,
      name: scenarioName(input, (name) => isFree(project, { name, workflow })),
      expert: run.principal,
      day: shown.startedAt.slice(0, 10),
    };
  },
});
