import { z } from "espalier";
import { Verdict } from "../policy/verdict.ts";

/** What a file of the package says: enough to find the place again, and to prove that it was so. */
export const Evidence = z.object({
  file: z.string(),
  /** `sha256:…` of the file. */
  digest: z.string(),
  /** From 1. */
  line: z.int(),
  /** At most 160 characters. */
  quote: z.string(),
  /** The licence whose text (or name) this is; null for text that belongs to none. */
  licence: z.string().nullable(),
  /** Share of the licence's text that was found, 0.9 to 1; null where only its name is given. */
  similarity: z.number().nullable(),
});
export type Evidence = z.infer<typeof Evidence>;

/** What an agent said of a package that its files left unclear, and what code made of that. */
export const CheckedClaim = z.object({
  /** SPDX; null where the agent finds none. */
  expression: z.string().nullable(),
  quote: z.string(),
  path: z.string().nullable(),
  /** 0 to 1, by the agent's own word. */
  confidence: z.number(),
  isVerified: z.boolean(),
  /** Why it was not verified; of a verified one, what was. */
  why: z.string(),
});
export type CheckedClaim = z.infer<typeof CheckedClaim>;

export const Finding = z.object({
  /** `key` of the component that was looked into. */
  key: z.int(),
  /** The policy's verdict on what was found; `unknown` where the files leave it open. */
  verdict: Verdict,
  /** The licence that the files show; null where they leave it open. */
  licence: z.string().nullable(),
  /** What the files say. */
  reason: z.string(),
  /** Which rule or branch of the policy decided on that; null where the files leave it open. */
  ruling: z.string().nullable(),
  evidence: z.array(Evidence),
  /** Copyright lines of its licence files, at most three. */
  copyright: z.array(z.string()),
  /** The licence is open and the files are there: an agent may look closer. */
  isOpen: z.boolean(),
  /** Null where no agent was asked. */
  claim: CheckedClaim.nullable(),
});
export type Finding = z.infer<typeof Finding>;

/** A hundred findings travel in one state of 256 KiB, beside what else it holds. */
const MAX_BYTES = 2000;

/** Leaves out what does not fit: the last pieces of evidence, the end of an over-long reason. */
export function fitFinding(finding: Finding): Finding {
  const fitted = {
    ...finding,
    licence: finding.licence && shorten(finding.licence, 200),
    reason: shorten(finding.reason, 300),
    ruling: finding.ruling && shorten(finding.ruling, 300),
    evidence: [...finding.evidence],
    claim: finding.claim && {
      ...finding.claim,
      expression: finding.claim.expression && shorten(finding.claim.expression, 120),
      quote: shorten(finding.claim.quote, 160),
      path: finding.claim.path && shorten(finding.claim.path, 100),
      why: shorten(finding.claim.why, 200),
    },
  };
  const isTooLarge = () => Buffer.byteLength(JSON.stringify(fitted)) > MAX_BYTES;
  while (isTooLarge() && fitted.evidence.length > 1) fitted.evidence.pop();
  if (isTooLarge()) fitted.copyright = [];
  // The quote stands in the evidence too, and why it was not verified in the reason.
  if (isTooLarge() && fitted.claim) {
    fitted.claim.quote = shorten(fitted.claim.quote, 60);
    fitted.claim.why = shorten(fitted.claim.why, 80);
    fitted.reason = shorten(fitted.reason, 160);
    fitted.ruling = fitted.ruling && shorten(fitted.ruling, 160);
  }
  return fitted;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
