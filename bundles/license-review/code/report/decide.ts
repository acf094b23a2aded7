import type { Finding } from "../package/finding.ts";
import type { Judged } from "../policy/judged.ts";
import type { Verdict } from "../policy/verdict.ts";
import { titleOf } from "../sbom/read-sbom.ts";
import type { Decision } from "./decision.ts";

const OUTCOME: Readonly<Record<Verdict, Decision["verdict"]>> = {
  allow: "allowed",
  deny: "denied",
  review: "unclear",
  unknown: "unclear",
};

/**
 * Puts what was declared and what was found together. Files settle what the declaration left open;
 * what the policy wants reviewed stays with the reviewer, who gets the files as evidence.
 */
export function decide(judged: Judged, finding: Finding | undefined): Decision {
  const { component } = judged;
  const common = {
    component: titleOf(component),
    purl: component.purl,
    scope: component.scope,
    evidence: finding?.evidence ?? [],
    claim: finding?.claim ?? null,
    copyright: finding?.copyright.length ? finding.copyright : component.copyright,
  };
  if (!finding) {
    const note = judged.notInspected ? `; files not looked into: ${judged.notInspected}` : "";
    return {
      ...common,
      verdict: OUTCOME[judged.verdict],
      licence: judged.licence,
      reason: judged.reason + note,
    };
  }
  const reason = `${judged.reason}; looked into its files: ${finding.reason}`;
  if (judged.verdict !== "unknown" || finding.licence === null) {
    return { ...common, verdict: OUTCOME[judged.verdict], licence: judged.licence, reason };
  }
  return {
    ...common,
    verdict: OUTCOME[finding.verdict],
    licence: finding.licence,
    reason: finding.ruling ? `${reason}; ${finding.ruling}` : reason,
  };
}
