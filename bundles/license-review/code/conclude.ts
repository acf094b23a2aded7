import { artifact, step, z } from "espalier";
import { Finding } from "./package/finding.ts";
import { Judged } from "./policy/judged.ts";
import { AttentionItem, attentionList } from "./report/attention.ts";
import { decide } from "./report/decide.ts";
import { Counts, countDecisions, Decision } from "./report/decision.ts";

/** Comes to one decision for each component, from its declaration and from what was found. */
export default step({
  input: z.object({ judged: artifact(), findings: z.array(Finding) }),
  output: z.object({
    counts: Counts,
    /** What a person must look at; small enough to be shown, and to be read by expressions. */
    attention: z.object({
      denied: z.array(AttentionItem),
      unclear: z.array(AttentionItem),
      /** How many more there are than shown. All are in the report. */
      notShown: z.int(),
    }),
    /** May be large: hand it on whole, expressions cannot look into it. */
    decisions: z.array(Decision),
  }),
  async run({ judged, findings }, { metrics }) {
    const found = new Map(findings.map((finding) => [finding.key, finding]));
    const all = z.array(Judged).parse(await judged.json());
    const decisions = all.map((one) => decide(one, found.get(one.key)));
    const counts = countDecisions(decisions);
    metrics.add("UnclearComponents", counts.unclear, "Count");
    metrics.add("DeniedComponents", counts.denied, "Count");
    return { counts, attention: attentionList(decisions), decisions };
  },
});
