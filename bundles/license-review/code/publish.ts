import { artifact, step, z } from "espalier";
import { Counts, Decision } from "./report/decision.ts";
import { renderMarkdown } from "./report/markdown.ts";
import { renderNotice } from "./report/notice.ts";

const Approval = z.object({
  approval: z.string(),
  verdict: z.literal("approved"),
  /** An address, or `rule` where no person was needed. */
  by: z.string(),
  at: z.string(),
  reason: z.string().nullable(),
});

/** Writes the report, for machines and for people, and the NOTICE file. */
export default step({
  input: z.object({
    subject: z.string(),
    counts: Counts,
    decisions: z.array(Decision),
    expired: z.array(z.string()),
    approval: Approval,
  }),
  output: z.object({ report: artifact(), markdown: artifact(), notice: artifact() }),
  async run({ subject, counts, decisions, expired, approval }, { artifacts, run }) {
    const report = { subject, counts, approval, decisions, expiredExceptions: expired };
    // Content-addressed and without a clock of their own: a second attempt writes the same artifacts.
    return {
      report: await artifacts.put(`${JSON.stringify(report, null, 2)}\n`, {
        mediaType: "application/json",
        name: "licence-report.json",
      }),
      markdown: await artifacts.put(
        renderMarkdown({ subject, counts, decisions, expired, approval, run }),
        { mediaType: "text/markdown; charset=utf-8", name: "licence-report.md" },
      ),
      notice: await artifacts.put(renderNotice(subject, decisions), {
        mediaType: "text/plain; charset=utf-8",
        name: "NOTICE",
      }),
    };
  },
});
