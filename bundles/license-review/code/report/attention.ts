/** What an approver is shown: the components that need a decision, in a size that a person can read. */
import { z } from "espalier";
import type { Decision } from "./decision.ts";

export const AttentionItem = z.object({
  component: z.string(),
  licence: z.string(),
  reason: z.string(),
  /** `FILE:LINE "quote"`; at most two. */
  evidence: z.array(z.string()),
  /** What an agent claimed, and why code did not confirm it; null where none was asked. */
  claim: z
    .object({
      licence: z.string().nullable(),
      quote: z.string(),
      path: z.string().nullable(),
      confidence: z.number(),
      verified: z.boolean(),
      why: z.string(),
    })
    .nullable(),
});
export type AttentionItem = z.infer<typeof AttentionItem>;

/** Together with the rest of an approval it must fit the 256 KiB of a state. */
const MAX_BYTES = 100 * 1024;

/** Denied ones first; what does not fit is counted, never dropped without a word. */
export function attentionList(decisions: readonly Decision[]): {
  denied: AttentionItem[];
  unclear: AttentionItem[];
  notShown: number;
} {
  const list = { denied: [] as AttentionItem[], unclear: [] as AttentionItem[], notShown: 0 };
  let bytes = 0;
  for (const verdict of ["denied", "unclear"] as const) {
    for (const decision of decisions) {
      if (decision.verdict !== verdict) continue;
      const item = itemOf(decision);
      bytes += Buffer.byteLength(JSON.stringify(item));
      if (bytes > MAX_BYTES) list.notShown += 1;
      else list[verdict].push(item);
    }
  }
  return list;
}

function itemOf({ component, licence, reason, evidence, claim }: Decision): AttentionItem {
  return {
    component,
    licence: licence || "(none declared)",
    reason,
    evidence: evidence.slice(0, 2).map(({ file, line, quote }) => `${file}:${line} "${quote}"`),
    claim: claim && {
      licence: claim.expression,
      quote: claim.quote,
      path: claim.path,
      confidence: claim.confidence,
      verified: claim.isVerified,
      why: claim.why,
    },
  };
}
