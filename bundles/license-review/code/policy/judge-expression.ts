import { type Expression, formatExpression, type Licence } from "../spdx/expression.ts";
import type { Policy, PolicyVerdict } from "./policy.ts";
import type { Verdict } from "./verdict.ts";

export interface Judgement {
  readonly verdict: Verdict;
  /** The licence that applies: of a choice, the branch that was taken. */
  readonly licence: string;
  /** Which rule or branch decided; a sentence fragment that a lawyer can follow. */
  readonly reason: string;
}

/** From good to bad. Unknown is better than denied: a person may still find that it is fine. */
const ORDER: readonly Verdict[] = ["allow", "review", "unknown", "deny"];

const WORDS: Readonly<Record<Verdict, string>> = {
  allow: "is allowed",
  review: "needs a review",
  unknown: "is unclear",
  deny: "is denied",
};

/** Of a choice the best branch counts, of licences that all apply the worst. */
export function judgeExpression(expression: Expression, policy: Policy): Judgement {
  switch (expression.is) {
    case "licence":
      return judgeLicence(expression, policy);
    case "unknown":
      return {
        verdict: "unknown",
        licence: expression.text,
        reason: expression.text ? `"${expression.text}": ${expression.why}` : expression.why,
      };
    case "or": {
      const best = extreme(expression.branches, policy, -1);
      return {
        ...best,
        reason: `${formatExpression(expression)} is a choice, ${best.licence} its best branch: ${best.reason}`,
      };
    }
    case "and": {
      const worst = extreme(expression.branches, policy, 1);
      // With choices inside, what applies is one branch of each.
      const licences = expression.branches.map((branch) => judgeExpression(branch, policy).licence);
      return {
        verdict: worst.verdict,
        licence: [...new Set(licences)].join(" AND "),
        reason: `all of ${formatExpression(expression)} apply, ${worst.licence} decides: ${worst.reason}`,
      };
    }
    case "ambiguous":
      return judgeAmbiguous(expression, policy);
    default:
      return expression satisfies never;
  }
}

/** The branch with the best (-1) or worst (1) verdict; the first one where several are equal. */
function extreme(branches: readonly Expression[], policy: Policy, sign: -1 | 1): Judgement {
  const rank = (judgement: Judgement) => sign * ORDER.indexOf(judgement.verdict);
  return branches
    .map((branch) => judgeExpression(branch, policy))
    .reduce((chosen, judgement) => (rank(judgement) > rank(chosen) ? judgement : chosen));
}

function judgeAmbiguous(
  expression: Extract<Expression, { is: "ambiguous" }>,
  policy: Policy,
): Judgement {
  const readings = expression.readings.map((reading) => judgeExpression(reading, policy));
  const [first] = readings;
  const alike = first && readings.every((reading) => reading.verdict === first.verdict);
  const said = `"${expression.text}" ${expression.why}`;
  if (alike) {
    return {
      verdict: first.verdict,
      licence: expression.text,
      reason: `${said}; each reading ${WORDS[first.verdict]}`,
    };
  }
  const verdicts = [...new Set(readings.map((reading) => WORDS[reading.verdict]))];
  return {
    verdict: "unknown",
    licence: expression.text,
    reason: `${said}; the readings differ (${verdicts.join(", ")})`,
  };
}

function judgeLicence(licence: Licence, policy: Policy): Judgement {
  const text = formatExpression(licence);
  if (licence.exception) {
    const pair = `${licence.id} WITH ${licence.exception}`;
    const rule = [pair, licence.exception].find((key) => Object.hasOwn(policy.with, key));
    const verdict = rule ? policy.with[rule] : undefined;
    if (rule && verdict) {
      return {
        verdict,
        licence: text,
        reason: `${text} ${WORDS[verdict]} by rule "with: ${rule}"`,
      };
    }
    return {
      verdict: "unknown",
      licence: text,
      reason: `the policy does not name the exception ${licence.exception}`,
    };
  }
  const rule = ruleFor(licence.id, policy);
  if (!rule)
    return { verdict: "unknown", licence: text, reason: `the policy does not name ${text}` };
  return {
    verdict: rule.list,
    licence: text,
    reason: `${text} ${WORDS[rule.list]} by rule "${rule.list}: ${rule.entry}"`,
  };
}

/** The exact entry, else the longest pattern; of equal patterns cannot be two (the schema refuses). */
function ruleFor(id: string, policy: Policy): { list: PolicyVerdict; entry: string } | undefined {
  return (["deny", "review", "allow"] as const)
    .flatMap((list) => policy[list].map((entry) => ({ list, entry })))
    .filter(({ entry }) => (entry.endsWith("*") ? id.startsWith(entry.slice(0, -1)) : entry === id))
    .sort((a, b) => weight(b.entry) - weight(a.entry))[0];
}

function weight(entry: string): number {
  return entry.endsWith("*") ? entry.length : Number.MAX_SAFE_INTEGER;
}
