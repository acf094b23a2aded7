/** A plan's state machine, as a replay runs it: every task waits for an answer from outside. */
import type { Plan } from "../compiler/plan.ts";
import { Definitions } from "../engine/index.ts";
import type { Json, JsonObject } from "../runtime/json.ts";

/** The name of the platform's approval function in a replay. */
export const APPROVALS = "espalier-approval";

export interface ReplayMachine {
  /** JSON text. */
  readonly definition: string;
  /** What the engine has made of it: compiled with the first replay, and no more. */
  readonly definitions: Definitions;
  /** By state: its text, which tells whether expressions ask for the time or for chance. */
  readonly texts: ReadonlyMap<string, string>;
}

interface Place {
  readonly digest: string;
  readonly environment: string;
}

/** Machines of one plan that are kept: runs of more bundles and environments compile anew. */
const KEPT = 8;
const machines = new WeakMap<Plan, Map<string, ReplayMachine>>();

/** The plan's machine as it was for this run; made once for all runs of one bundle and environment. */
export function replayMachine(plan: Plan, run: Place): ReplayMachine {
  const known = machines.get(plan) ?? new Map<string, ReplayMachine>();
  machines.set(plan, known);
  const key = `${run.digest} ${run.environment}`;
  const machine = known.get(key) ?? makeMachine(plan, run);
  known.delete(key);
  known.set(key, machine);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return machine;
}

/**
 * Tasks wait for tokens, whatever they call, so that their answers come in the recorded order. They have
 * no timeouts: what has timed out is recorded. Functions are named as the plan names them.
 */
function makeMachine(plan: Plan, run: Place): ReplayMachine {
  const values = new Map<string, string>([
    ["function_espalier_approval", APPROVALS],
    ["event_bus", "espalier"],
    ["bundle_digest", run.digest],
    ["environment", run.environment],
    ...plan.functions.map(({ name }) => [`function_${name}`, name] as const),
    ...plan.workflows.map((name) => [`workflow_${name.replaceAll("-", "_")}`, name] as const),
  ]);
  const texts = new Map<string, string>();
  const fill = (value: Json): Json => {
    if (typeof value === "string") {
      return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        name === "States" ? statesOf(each as JsonObject) : fill(each),
      ]),
    );
  };
  const statesOf = (states: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(states).map(([name, state]) => {
        texts.set(name, JSON.stringify(withoutInner(state as JsonObject)));
        const filled = fill(state) as JsonObject;
        if (filled.Type !== "Task") return [name, filled];
        const { TimeoutSeconds: _, HeartbeatSeconds: __, ...task } = filled;
        return [name, { ...task, Resource: "arn:aws:states:::replay:answer.waitForTaskToken" }];
      }),
    );
  const { TimeoutSeconds: _, ...definition } = fill(plan.definition) as JsonObject;
  return {
    definition: JSON.stringify(definition),
    definitions: new Definitions(),
    texts,
  };
}

function withoutInner({ ItemProcessor: _, Branches: __, ...state }: JsonObject): JsonObject {
  return state;
}
