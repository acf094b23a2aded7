import { z } from "zod";
import { defineCommand } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { Address } from "../input/option-shapes.ts";
import { readJson } from "../input/read-input.ts";
import { approvalDocument } from "../runs/documents.ts";
import { findApproval } from "../runs/find-approval.ts";
import { followOn, lastEventId } from "../runs/follow-on.ts";
import { driveControl } from "../runs/open-control.ts";
import { safeText } from "../text/safe-text.ts";

export const decide = defineCommand({
  name: "decide",
  aws: true,
  summary: "Approve or reject what a run waits for; follow it on",
  details:
    "The policy of the approval says who may decide, how many have to, and when a reason is needed. A decision binds to the evidence that is shown at that moment, or to the one that --evidence names.",
  arguments: [["<approval>", "id of the approval, as espalier approvals prints it"]],
  options: [
    { flags: "--approve", description: "let the run go on" },
    { flags: "--reject", description: "do not; the run then fails or takes its other way" },
    { flags: "--as <address>", description: "who decides" },
    { flags: "--reason <text>", description: "why; recorded with the decision" },
    { flags: "--category <name>", description: "what the reason is filed under" },
    { flags: "--edit <file>", description: "approve this in place of what was proposed (JSON)" },
    { flags: "--evidence <digest>", description: "only if it is still about this evidence" },
    { flags: "--detach", description: "do not follow the run on" },
  ],
  examples: [
    {
      command: 'espalier decide 7QK2M --approve --as you@example.com --reason "seen and fine"',
      says: "approve",
    },
    {
      command: 'espalier decide 7QK2M --reject --as you@example.com --reason "wrong licence"',
      says: "reject",
    },
  ],
  shape: {
    args: z.tuple([z.string()]),
    options: z.object({
      approve: z.boolean().default(false),
      reject: z.boolean().default(false),
      as: Address.optional(),
      reason: z.string().max(4000, { error: "expected at most 4000 characters" }).optional(),
      category: z.string().max(80, { error: "expected at most 80 characters" }).optional(),
      edit: z.string().min(1).optional(),
      evidence: z.string().max(80).optional(),
      detach: z.boolean().default(false),
    }),
  },
  async perform(invocation, [id], options) {
    const { approve, reject, as, reason, category, evidence, detach } = options;
    if (approve === reject) {
      throw usageFailure(
        approve ? "--approve and --reject exclude each other" : "--approve or --reject is missing",
        "Give exactly one of them.",
      );
    }
    if (as === undefined) {
      throw usageFailure("--as is missing: who decides?", "For example --as you@example.com");
    }
    const edited =
      options.edit === undefined ? undefined : await readJson(options.edit, invocation.io);
    return driveControl(invocation, async (control) => {
      const before = await findApproval(control, id);
      const since = await lastEventId(control, before.run.id);
      const decided = await control.decide(before.id, {
        verdict: approve ? "approved" : "rejected",
        by: as,
        // What this command has just read is what is decided about.
        evidence: evidence ?? before.evidenceDigest,
        ...(reason !== undefined && { reason }),
        ...(category !== undefined && { category }),
        ...(edited !== undefined && { edited }),
      });
      const { out } = invocation;
      const verb = approve ? out.color.green("Approved") : out.color.red("Rejected");
      out.line(`${verb} by ${safeText(as)}: ${safeText(decided.policy.title)}`);
      if (decided.status === "open") {
        const { quorum, votes } = decided;
        out.line(`${votes.length} of ${quorum} have approved; it waits for the others.`);
        return { exitCode: 0, document: { approval: approvalDocument(decided) } };
      }
      if (detach) {
        return { exitCode: 0, document: { approval: approvalDocument(decided) } };
      }
      const followed = await followOn(invocation, control, decided.run.id, {
        since,
        decided: [decided.id],
      });
      const approval = approvalDocument(await control.approval(decided.id));
      return { ...followed, document: { approval, ...followed.document } };
    });
  },
});
