import { userInfo } from "node:os";
import { z } from "zod";
import type { JsonObject } from "../../runtime/json.ts";
import type { Repaired } from "../../runtime/repair/repair.ts";
import { MAX_REPAIR_REASON } from "../../runtime/repair/repair-run.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { Address } from "../input/option-shapes.ts";
import { readJson } from "../input/read-input.ts";
import { runDocument } from "../runs/documents.ts";
import { findRun } from "../runs/find-run.ts";
import { followOn, lastEventId } from "../runs/follow-on.ts";
import { driveControl } from "../runs/open-control.ts";
import { safeText } from "../text/safe-text.ts";

export const repair = defineCommand({
  name: "repair",
  aws: true,
  summary: "Make a failed run go on from a step, with another input if need be",
  details:
    "Without --input the run is redriven, where that is possible. With one, or where it is not, a new run begins: steps that have finished give the results that they had, and what they did is not done again; approvals of the same evidence stand. Both runs and their audit name each other. A workflow that asks people about repairs does so first.",
  arguments: [["<run>", "id of the run, or a part that only it has"]],
  options: [
    { flags: "--step <id>", description: "from where it goes on; without: the step that failed" },
    {
      flags: "--iteration <n>",
      description: "which one, of a step in a map or a repeat, as show prints it: 3, or 3.0",
    },
    {
      flags: "--input <file>",
      description: "JSON that the step is given in place of its input; - reads standard input",
    },
    { flags: "--reason <text>", description: "why; in the audit of both runs" },
    { flags: "--as <address>", description: "who repairs; on this machine, without: its user" },
    { flags: "--detach", description: "do not follow the run on" },
  ],
  examples: [
    {
      command: 'espalier repair 01jd8 --reason "the service is back"',
      says: "once more from the step that failed",
    },
    {
      command: "espalier repair 01jd8 --step read --input read.json --reason typo",
      says: "with another input; show 01jd8 --input read prints the one that it had",
    },
  ],
  shape: {
    args: z.tuple([z.string()]),
    options: z.object({
      step: z.string().min(1).optional(),
      iteration: z
        .string()
        .regex(/^\d+(\.\d+)*$/, { error: "expected a position, such as 3 or 3.0" })
        .optional(),
      input: z.string().min(1).optional(),
      reason: z
        .string({ error: "is missing: say why" })
        .trim()
        .min(1, { error: "expected some text" })
        .max(MAX_REPAIR_REASON, { error: `expected at most ${MAX_REPAIR_REASON} characters` }),
      as: Address.optional(),
      detach: z.boolean().default(false),
    }),
  },
  async perform(invocation, [wanted], { input, as, detach, ...options }) {
    const { step, iteration, reason } = options;
    if (as === undefined && invocation.aws !== undefined) {
      throw usageFailure(
        "--as is missing: who repairs the run?",
        "For example --as you@example.com.",
      );
    }
    const by = as ?? `${userInfo().username}@localhost`;
    const given = input === undefined ? undefined : await readJson(input, invocation.io);
    return driveControl(invocation, async (control) => {
      const { id } = await findRun(control, wanted);
      const since = await lastEventId(control, id);
      const repaired = await control.repairRun({
        ...{ run: id, reason, by },
        ...(step !== undefined && { step }),
        ...(iteration !== undefined && { iteration }),
        ...(given !== undefined && { input: given }),
      });
      print(invocation, id, repaired);
      const { run, how } = repaired;
      const followed = detach
        ? { exitCode: 0 as const, document: { run: runDocument(await control.run(run)) } }
        : await followOn(invocation, control, run, { since: how === "redriven" ? since : 0 });
      return { ...followed, document: { ...followed.document, repair: documentOf(id, repaired) } };
    });
  },
});

function print({ out }: Invocation, of: string, repaired: Repaired): void {
  const { run, how, step, iteration, changed, taken, again } = repaired;
  const place = safeText(iteration === "" ? step : `${step} [${iteration}]`);
  out.line(
    how === "redriven"
      ? `${out.color.green("Goes on")} from ${place}: ${safeText(run)}`
      : `${out.color.green("Goes on")} from ${place} as a new run: ${safeText(run)} (of ${safeText(of)})`,
  );
  const list = (names: readonly string[]) => names.map(safeText).join(", ");
  if (changed.length > 0) out.line(`  input    other in ${list(changed)}`);
  if (taken.length > 0) out.line(`  taken    ${list(taken)}: the results that they had`);
  if (again.length > 0)
    out.line(`  again    ${list(again)}: no function does this, so it happens once more`);
}

function documentOf(of: string, { changed, taken, again, ...repaired }: Repaired): JsonObject {
  return { of, ...repaired, changed: [...changed], taken: [...taken], again: [...again] };
}
