/** An agent with everything that its file names: model, instructions, tools, policy, contracts. */
import type { BundleAgent } from "../../bundle/bundle.ts";
import { nearest } from "../../manifest/nearest.ts";
import { isEffectful } from "../../runtime/effect.ts";
import { checkAgentPolicy } from "../check/policies.ts";
import type { At, Finder } from "./finder.ts";
import { resolveModel } from "./model.ts";
import { withPlaybooks } from "./playbooks.ts";
import type { ResolvedAgent, ResolvedTool } from "./resolution.ts";
import { resolveTools } from "./tools.ts";

/** Undefined if anything that it names is not there; then there is a finding. */
export function resolveAgent(agent: BundleAgent, finder: Finder): ResolvedAgent | undefined {
  const { file, source } = agent;
  const at = (...path: (string | number)[]): At => ({ source, path });
  const model = resolveModel(file, at, finder);
  const instructions = finder.prompt(file.instructions, at("instructions"));
  const prompt = withPlaybooks(
    instructions,
    file.playbooks,
    (index) => at("playbooks", index),
    finder,
  );
  const tools = resolveTools(file.tools, at("tools"), finder);
  const input = file.input === undefined ? true : finder.schema(file.input);
  const artifact = finder.objectSchema(file.artifact, "the artifact", at("artifact"));
  const policy = file.approve ? finder.bundle.approvals.get(file.approve.policy) : null;
  if (tools) checkApproved(agent, tools, finder);
  if (model) checkPrice(agent, model.priced, model.document.prices.currency, finder);
  if (!model || !prompt || !tools || input === undefined || !artifact || policy === undefined) {
    return undefined;
  }
  const resolved: ResolvedAgent = {
    ...{ kind: "agent", agent, model, prompt, tools, policy, input, artifact },
  };
  if (policy && file.approve) {
    const named = source.placeOf(["approve", "policy"]);
    checkAgentPolicy({ policy, path: file.approve.policy, named }, resolved, finder);
  }
  return resolved;
}

/** Every tool that changes the world is approved, and nothing else is. */
function checkApproved(
  { file, source }: BundleAgent,
  tools: readonly ResolvedTool[],
  { report }: Finder,
): void {
  const approved = file.approve?.tools ?? [];
  const names = tools.map(({ document }) => document.name);
  for (const [alias, allowed] of Object.entries(file.tools)) {
    for (const [i, name] of allowed.entries()) {
      const effect = tools.find(({ document }) => document.name === name)?.document.effect;
      if (!effect || !isEffectful(effect) || approved.includes(name)) continue;
      report.add(
        {
          code: "ESP854",
          message: `the effect of "${name}" is ${effect}, so without an approval it would never be offered`,
          hint: `Let a person decide on each call: approve: { policy: approvals/NAME.yaml, tools: [${name}] }.`,
        },
        source.placeOf(["tools", alias, i]),
      );
    }
  }
  for (const [i, name] of approved.entries()) {
    const tool = tools.find(({ document }) => document.name === name)?.document;
    if (tool && isEffectful(tool.effect)) continue;
    const near = nearest(name, names);
    report.add(
      {
        code: "ESP855",
        message: tool
          ? `"${name}" needs no approval: its effect is ${tool.effect}`
          : `this agent has no tool "${name}"`,
        hint: tool
          ? "Leave it out: people who are asked for nothing stop reading."
          : near
            ? `Did you mean "${near}"?`
            : `It has ${names.join(", ") || "none"}.`,
      },
      source.placeOf(["approve", "tools", i]),
    );
  }
}

function checkPrice(
  { file, source }: BundleAgent,
  priced: boolean,
  currency: string,
  finder: Finder,
): void {
  const at: At = { source, path: ["limits", "cost"] };
  checkCost(file.limits.cost.currency, file.model, priced, currency, at, finder);
}

/** A limit of cost needs prices, in its own currency. */
export function checkCost(
  limit: string,
  alias: string,
  priced: boolean,
  currency: string,
  at: At,
  { report }: Finder,
): void {
  if (!priced) {
    report.add(
      {
        code: "ESP857",
        message: `the cost is limited, but the model "${alias}" has no prices to count it by`,
        hint: "Write prices into its model.yaml, or leave out the limit.",
      },
      at.source.placeOf(at.path),
    );
  } else if (limit !== currency) {
    report.add(
      {
        code: "ESP858",
        message: `the limit is in ${limit}, but the prices of the model "${alias}" are in ${currency}`,
        hint: "Costs are counted in one currency, without exchange rates: write the limit in that one.",
      },
      at.source.placeOf(at.path),
    );
  }
}
