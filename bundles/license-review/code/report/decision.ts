import { z } from "espalier";
import { CheckedClaim, Evidence } from "../package/finding.ts";

/** The last word of the workflow on a component; what the report lists. */
export const Decision = z.object({
  /** `name@version` */
  component: z.string(),
  purl: z.string().nullable(),
  scope: z.string().nullable(),
  /** `unclear`: the policy asks for a person, or knows no rule. */
  verdict: z.enum(["allowed", "denied", "unclear"]),
  licence: z.string(),
  reason: z.string(),
  evidence: z.array(Evidence),
  /** What an agent said where the files left it unclear, and what code made of that. */
  claim: CheckedClaim.nullable(),
  /** Copyright lines, or who wrote it; empty where neither is known. */
  copyright: z.array(z.string()),
});
export type Decision = z.infer<typeof Decision>;

export const Counts = z.object({
  components: z.int(),
  allowed: z.int(),
  denied: z.int(),
  unclear: z.int(),
});
export type Counts = z.infer<typeof Counts>;

export function countDecisions(decisions: readonly Decision[]): Counts {
  const of = (verdict: Decision["verdict"]) =>
    decisions.filter((decision) => decision.verdict === verdict).length;
  return {
    components: decisions.length,
    allowed: of("allowed"),
    denied: of("denied"),
    unclear: of("unclear"),
  };
}
