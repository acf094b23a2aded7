/** Names in environments that no bundle has: workflows and approval policies. */
import type { Diagnostic } from "../diagnostic.ts";
import { inOrder } from "../grammar.ts";
import { nearest } from "../nearest.ts";
import { quoted } from "../quoted.ts";
import type { Path } from "../source.ts";
import type { LoadedEnvironment } from "./load-environments.ts";

export function checkNames(
  environments: readonly LoadedEnvironment[],
  known: { readonly workflows: readonly string[]; readonly policies: readonly string[] },
): readonly Diagnostic[] {
  return environments.flatMap(({ environment, source }) => {
    if (source === null) return [];
    const { workflows, policies } = known;
    const find = (what: string, name: string, all: readonly string[], at: Path, isKey: boolean) => {
      if (all.includes(name)) return [];
      const near = nearest(name, all);
      const hint = near
        ? `Did you mean "${near}"?`
        : all.length > 0
          ? `There are ${all.join(", ")}.`
          : "There is none.";
      const diagnostic: Diagnostic = {
        code: isKey ? "ESP201" : "ESP204",
        severity: "error",
        message: `no bundle has the ${what} ${quoted(name)}`,
        hint,
        place: isKey ? source.keyPlaceOf(at) : source.placeOf(at),
      };
      return [diagnostic];
    };
    return inOrder([
      ...(environment.workflows ?? []).flatMap((name, index) =>
        find("workflow", name, workflows, ["workflows", index], false),
      ),
      ...Object.keys(environment.config).flatMap((name) =>
        find("workflow", name, workflows, ["config", name], true),
      ),
      ...Object.keys(environment.approvers).flatMap((name) =>
        find("approval policy", name, policies, ["approvers", name], true),
      ),
    ]);
  });
}
