import semver from "semver";
import type { Component } from "../sbom/component.ts";
import { readDeclared } from "../spdx/declared.ts";
import { type Expression, formatExpression } from "../spdx/expression.ts";
import { readLicence } from "../spdx/read-licence.ts";
import { type Judgement, judgeExpression } from "./judge-expression.ts";
import type { PackageException, Policy } from "./policy.ts";

export interface ComponentJudgement extends Judgement {
  /** Exceptions of the policy that would have counted, had they not expired. */
  readonly expired: readonly PackageException[];
}

/**
 * Judges what is declared for a component. `today` (ISO date, UTC) decides which exceptions are in
 * force; it is the day on which the run began, so that a replay comes to the same verdict.
 */
export function judgeComponent(
  component: Pick<Component, "name" | "version" | "declared">,
  policy: Policy,
  today: string,
): ComponentJudgement {
  return judge(component, readDeclared(component.declared), policy, today);
}

/** The same for a licence that was found elsewhere than in the SBOM. */
export function judge(
  component: Pick<Component, "name" | "version">,
  expression: Expression,
  policy: Policy,
  today: string,
): ComponentJudgement {
  const own = policy.own.find((pattern) => matchesName(pattern, component.name));
  if (own) {
    const licence = formatExpression(expression);
    return {
      verdict: "allow",
      licence,
      reason: `a package of our own (rule "own: ${own}")`,
      expired: [],
    };
  }
  const matching = policy.exceptions.filter((exception) =>
    applies(exception, component, expression),
  );
  const inForce = matching.find((exception) => exception.expires >= today);
  if (inForce) {
    return {
      verdict: inForce.verdict,
      licence: formatExpression(expression),
      reason: `exception until ${inForce.expires} by ${inForce.owner}: ${inForce.reason}`,
      expired: [],
    };
  }
  return { ...judgeExpression(expression, policy), expired: matching };
}

function applies(
  exception: PackageException,
  component: Pick<Component, "name" | "version">,
  expression: Expression,
): boolean {
  if (!matchesName(exception.package, component.name)) return false;
  if (exception.versions !== "*") {
    // Not every ecosystem has semantic versions; one that is none fits no range.
    const version = semver.valid(component.version, { loose: true });
    if (!version || !semver.satisfies(version, exception.versions, { includePrerelease: true })) {
      return false;
    }
  }
  return (
    exception.declared === undefined ||
    formatExpression(readLicence(exception.declared)) === formatExpression(expression)
  );
}

/** A name, or a pattern whose last character is `*`. */
export function matchesName(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
