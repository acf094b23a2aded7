/** An approval policy as an environment has it: its own approvers, and addresses in place of groups. */
import { ApprovalPolicy } from "../approval-policy.ts";
import type { Approver } from "../approvers.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { findingOf } from "../issue.ts";
import { nearest } from "../nearest.ts";
import { quoted } from "../quoted.ts";
import type { SourceMap } from "../source.ts";
import type { Environment } from "./environment.ts";
import { LOCAL_ENVIRONMENT } from "./local.ts";

export interface ResolvedPolicy {
  /** Without any group; one that is unknown is left out. */
  readonly policy: ApprovalPolicy;
  readonly diagnostics: readonly Diagnostic[];
}

/** What of a `LoadedEnvironment` is needed. */
export interface PolicyEnvironment {
  readonly name: string;
  /** To be named in hints. */
  readonly file: string;
  readonly source: SourceMap | null;
  readonly environment: Pick<Environment, "groups" | "approvers" | "notify">;
}

/**
 * What of `environment` a policy takes: `approvers` under the policy's name in place of those of its
 * first level, and `groups`. A group that the environment does not have, and a quorum that its groups
 * cannot reach, and a sign-in without an issuer, are findings at the place of its file where they would be
 * put right. Pure.
 */
export function resolvePolicy(
  policy: ApprovalPolicy,
  { name, file, source, environment }: PolicyEnvironment,
): ResolvedPolicy {
  const { groups, approvers, notify } = environment;
  const own = approvers[policy.approval];
  const unknown = new Set<string>();
  const people = (given: readonly Approver[]): Approver[] =>
    given.flatMap((one): Approver[] => {
      if (typeof one === "string" || "from" in one) return [one];
      const members = Object.hasOwn(groups, one.group) ? groups[one.group] : undefined;
      if (!members) unknown.add(one.group);
      return [...(members ?? [])];
    });
  const { delegation } = policy;
  const resolved: ApprovalPolicy = {
    ...policy,
    approvers: people(own ?? policy.approvers),
    escalation: policy.escalation.map((level) => ({
      ...level,
      approvers: people(level.approvers),
    })),
    delegation: typeof delegation === "boolean" ? delegation : delegatesOf(people(delegation.to)),
  };
  const hasGroups = Object.keys(groups).length > 0;
  const where = source?.placeOf(hasGroups ? ["groups"] : []);
  const at = (finding: Omit<Diagnostic, "severity">): Diagnostic => ({
    severity: "error",
    ...(where && { place: where }),
    ...finding,
  });
  const diagnostics = [...unknown].map((group): Diagnostic => {
    const near = nearest(group, Object.keys(groups));
    return at({
      code: "ESP204",
      message: `the approval policy ${quoted(policy.approval)} asks the group ${quoted(group)}, which the environment ${name} does not have`,
      hint: near
        ? `Did you mean "${near}"?`
        : `Write \`groups: { ${group}: [ada@example.com] }\` in ${file}.`,
    });
  });
  if (diagnostics.length === 0) diagnostics.push(...problemsOf(resolved, name, at));
  if (policy.signIn === "required" && !notify?.signIn) {
    const place = source?.placeOf(notify ? ["notify"] : []);
    diagnostics.push({
      code: "ESP520",
      severity: name === LOCAL_ENVIRONMENT ? "warning" : "error",
      message: `the approval policy ${quoted(policy.approval)} demands a sign-in, and the environment ${name} names no issuer: nobody can decide there`,
      hint: `Write \`notify: { signIn: { issuer: "https://…", clientId: … } }\` in ${file}.`,
      ...(place && { place }),
    });
  }
  return { policy: resolved, diagnostics };
}

function delegatesOf(to: Approver[]): ApprovalPolicy["delegation"] {
  return to.length > 0 && { to };
}

/** What only shows once the groups are known. */
function problemsOf(
  resolved: ApprovalPolicy,
  environment: string,
  at: (finding: Omit<Diagnostic, "severity">) => Diagnostic,
): readonly Diagnostic[] {
  const checked = ApprovalPolicy.safeParse(resolved);
  if (checked.success) return [];
  return checked.error.issues.flatMap((found) => {
    const own = found.code === "custom" ? findingOf(found.params) : undefined;
    if (!own) return [];
    const message = `in the environment ${environment}, the approval policy ${quoted(resolved.approval)}: ${own.message}`;
    return [at({ code: own.code, message, ...(own.hint && { hint: own.hint }) })];
  });
}
