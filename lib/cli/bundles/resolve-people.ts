import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";

export interface ResolvedPeople {
  /** By the policy's name; empty where the environment has nothing to say. */
  readonly policies: ReadonlyMap<string, ApprovalPolicy>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whom approval policies ask in an environment, whose file lies in `folder`. */
export async function resolvePeople(
  policies: readonly ApprovalPolicy[],
  environment: string,
  folder: string,
): Promise<ResolvedPeople> {
  if (policies.length === 0) return { policies: new Map(), diagnostics: [] };
  const [{ loadEnvironment }, { resolvePolicy }] = await Promise.all([
    import("../../manifest/environment/load-environments.ts"),
    import("../../manifest/environment/resolve-policy.ts"),
  ]);
  const loaded = loadEnvironment(environment, folder);
  if (!loaded.environment) {
    // Only to a policy with groups does it matter what is wrong with the file.
    const needed = JSON.stringify(policies).includes('"group":');
    return { policies: new Map(), diagnostics: needed ? loaded.diagnostics : [] };
  }
  const resolved = new Map<string, ApprovalPolicy>();
  const diagnostics: Diagnostic[] = [];
  for (const policy of policies) {
    const one = resolvePolicy(policy, loaded.environment);
    resolved.set(policy.approval, one.policy);
    diagnostics.push(...one.diagnostics);
  }
  return { policies: resolved, diagnostics };
}
