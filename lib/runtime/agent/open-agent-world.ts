import { openBudget } from "../budget/budget.ts";
import type { StepCall } from "../call.ts";
import { findDisabling } from "../switch/switch.ts";
import { disabledText } from "../switch/switch-text.ts";
import type { AgentDocument } from "./agent-document.ts";
import type { AgentWorld } from "./agent-world.ts";

/** What a host brings along: adapters, and the time that its function has. */
export type AgentHost = Omit<AgentWorld, "budget" | "disabled">;

/** A world with the budget of the run and the switch for tools, both in the host's `Records`. */
export function openAgentWorld(
  host: AgentHost,
  { budget }: Pick<AgentDocument, "budget">,
  call: Pick<StepCall, "run" | "step">,
): AgentWorld {
  const { ports, signal } = host;
  return {
    ...host,
    budget: openBudget(budget, call, ports, { signal }),
    disabled: async ({ name, effect }) => {
      const { workflow } = call.run;
      const state = await findDisabling({ workflow, tool: name, effect }, ports);
      return state && disabledText(state);
    },
  };
}
