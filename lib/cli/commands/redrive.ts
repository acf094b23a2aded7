import { z } from "zod";
import { defineCommand } from "../command.ts";
import { Failure } from "../failure.ts";
import { runDocument } from "../runs/documents.ts";
import { findRun } from "../runs/find-run.ts";
import { followOn, lastEventId } from "../runs/follow-on.ts";
import { driveControl } from "../runs/open-control.ts";
import { safeText } from "../text/safe-text.ts";

export const redrive = defineCommand({
  name: "redrive",
  aws: true,
  summary: "Take a failed or stopped run up again where it ended",
  details:
    "It goes on from the step that failed, with the code and the definition that it began with; what succeeded is not repeated. On AWS that is possible for 14 days.",
  arguments: [["<run>", "id of the run, or a part that only it has"]],
  options: [{ flags: "--detach", description: "do not follow the run on" }],
  examples: [
    { command: "espalier redrive 01jd8", says: "a run of this machine" },
    { command: "espalier redrive nightly-7 --environment prod --detach", says: "one on AWS" },
  ],
  shape: {
    args: z.tuple([z.string()]),
    options: z.object({ detach: z.boolean().default(false) }),
  },
  async perform(invocation, [wanted], { detach }) {
    return driveControl(invocation, async (control) => {
      const { out, suggest } = invocation;
      const { id, status } = await findRun(control, wanted);
      if (status === "RUNNING" || status === "SUCCEEDED") {
        const what = status === "RUNNING" ? "is still running" : "has succeeded";
        throw new Failure(
          "RunNotRedrivable",
          `The run ${id} ${what}: there is nothing to redrive`,
          {
            hint: `Look at it: ${suggest(`show ${id}`)}`,
          },
        );
      }
      const since = await lastEventId(control, id);
      await control.redriveRun(id);
      out.line(`${out.color.green("Goes on")}: ${safeText(id)}`);
      return detach
        ? { exitCode: 0, document: { run: runDocument(await control.run(id)) } }
        : followOn(invocation, control, id, { since });
    });
  },
});
