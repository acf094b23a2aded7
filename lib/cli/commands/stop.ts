import { z } from "zod";
import { defineCommand } from "../command.ts";
import { Failure } from "../failure.ts";
import { runDocument } from "../runs/documents.ts";
import { findRun } from "../runs/find-run.ts";
import { nothingRan, readControl } from "../runs/open-control.ts";
import { statusText } from "../runs/run-status.ts";
import { safeText } from "../text/safe-text.ts";

export const stop = defineCommand({
  name: "stop",
  aws: true,
  summary: "End a run where it stands, and close its approvals",
  details:
    "What its steps have done stays done. A stopped run can be taken up again with espalier redrive.",
  arguments: [["<run>", "id of the run, or a part that only it has"]],
  options: [{ flags: "--reason <text>", description: "why; recorded with the run" }],
  examples: [
    { command: 'espalier stop 01jd8 --reason "wrong file"', says: "a run of this machine" },
    { command: "espalier stop nightly-7 --environment prod", says: "one on AWS" },
  ],
  shape: {
    args: z.tuple([z.string()]),
    options: z.object({
      reason: z
        .string()
        .trim()
        .min(1, { error: "expected some text" })
        .max(4000, { error: "expected at most 4000 characters" })
        .default("Stopped from the command line"),
    }),
  },
  async perform(invocation, [wanted], { reason }) {
    // Looks only: nothing of the run shall be performed by this process on the way.
    return readControl(
      invocation,
      async (control) => {
        const { out, suggest } = invocation;
        const { id, status } = await findRun(control, wanted);
        if (status !== "RUNNING") {
          throw new Failure("RunEnded", `The run ${id} has ended already: ${statusOf(status)}`, {
            hint: `Look at it: ${suggest(`show ${id}`)}`,
          });
        }
        await control.stopRun(id, reason);
        const run = await control.run(id);
        if (run.status !== "ABORTED") {
          // It ended by itself between the look and the call.
          out.line(`The run ${safeText(id)} ended by itself: ${statusOf(run.status)}.`);
        } else {
          out.line(`${out.color.yellow("Stopped")} ${safeText(id)}: ${safeText(reason)}`);
          out.line(`Take it up again: ${suggest(`redrive ${id}`)}`);
        }
        return { exitCode: 0, document: { run: runDocument(run) } };
      },
      () => nothingRan(invocation),
    );
  },
});

function statusOf(status: Parameters<typeof statusText>[0]["status"]): string {
  return statusText({ status }, false);
}
