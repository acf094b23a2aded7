import { artifact, step, z } from "espalier";
import { whyNotInspectable } from "./package/inspectable.ts";
import { judgeComponent, matchesName } from "./policy/judge-component.ts";
import type { Judged } from "./policy/judged.ts";
import { POLICY_FILE, type Policy, readPolicy } from "./policy/policy.ts";
import { Component } from "./sbom/component.ts";
import { titleOf } from "./sbom/read-sbom.ts";

/** Characters of one entry of `unclear`: a hundred of them must fit a state. */
const MAX_ENTRY = 1500;

/** Judges every component by what is declared for it. */
export default step({
  input: z.object({ components: z.array(Component) }),
  output: z.object({
    /**
     * A list of `Judged`. An artifact whatever its size, so that it and what the map finds fit one
     * state's 256 KiB together.
     */
    judged: artifact(),
    /**
     * What to look into, for the map: what the policy neither allows nor denies, if its files can be
     * had. Small on purpose: an expression reads it. The policy's `inspect.limit` bounds it.
     */
    unclear: z.array(z.object({ key: z.int(), component: Component })),
    /** Exceptions of the policy that no longer count, each with a component that it was for. */
    expired: z.array(z.string()),
  }),
  async run({ components }, { file, run, logger, artifacts }) {
    const policy = readPolicy(await file(POLICY_FILE).text());
    // The day on which the run began, not today: a retry or a replay comes to the same verdicts.
    const today = run.startedAt.slice(0, 10);
    const all: Judged[] = [];
    const unclear: { key: number; component: Component }[] = [];
    const expired = new Set<string>();

    for (const [key, component] of components.entries()) {
      const judged = judgeComponent(component, policy, today);
      const { licence, expired: past } = judged;
      const rule = confirmRule(component, policy);
      const isToConfirm = rule !== undefined && judged.verdict === "allow";
      const verdict = isToConfirm ? "unknown" : judged.verdict;
      const reason = isToConfirm
        ? `${licence} is declared, and its files must confirm that (rule "confirm: ${rule}")`
        : judged.reason;
      for (const exception of past) {
        expired.add(
          `${exception.package} (${titleOf(component)}): expired on ${exception.expires}`,
        );
      }
      let notInspected: string | null = null;
      if (verdict === "review" || verdict === "unknown") {
        notInspected = whyNotInspectable(component, policy) ?? null;
        if (!notInspected && unclear.length >= policy.inspect.limit) {
          notInspected = `more than ${policy.inspect.limit} packages are unclear`;
        }
        if (!notInspected && JSON.stringify(component).length > MAX_ENTRY) {
          notInspected = "its entry in the SBOM is too long";
        }
        if (!notInspected) unclear.push({ key, component });
      }
      all.push({ key, component, verdict, licence, reason, notInspected });
    }
    logger.info("judged what is declared", { components: all.length, unclear: unclear.length });
    const stored = await artifacts.put(JSON.stringify(all), {
      mediaType: "application/json",
      name: "judged.json",
    });
    return { judged: stored, unclear, expired: [...expired].slice(0, 100) };
  },
});

/** The policy's entry by which a component's files must confirm what is declared. */
function confirmRule({ name }: Component, { inspect }: Policy): string | undefined {
  return inspect.confirm.find((pattern) => matchesName(pattern, name));
}
