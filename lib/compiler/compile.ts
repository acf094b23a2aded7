/** From a bundle to a plan, or to everything that is wrong with it. */
import type { Bundle } from "../bundle/bundle.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { JsonObject } from "../runtime/json.ts";
import { checkExpress } from "./check/express.ts";
import { FlowCheck } from "./check/flow.ts";
import { Report } from "./check/report.ts";
import { checkSteps } from "./check/steps.ts";
import { checkEvents, checkSize, checkWaits } from "./check/whole.ts";
import { emitDefinition } from "./emit/definition.ts";
import { ExpressionParser } from "./expression/parse.ts";
import { type Definition, type Index, indexSteps } from "./index-steps.ts";
import { measure } from "./measure.ts";
import { STATES } from "./names.ts";
import type { Plan, PlannedFunction, PlannedStep } from "./plan.ts";
import { renderDefinition } from "./render.ts";

export interface CompileOptions {
  /** The day on which waivers have to hold, `2027-01-31` (UTC). The compiler itself has no clock. */
  readonly today: string;
}

export interface Compiled {
  /** Absent if any finding is an error. */
  readonly plan?: Plan;
  /** Every finding, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Pure and deterministic: the same bundle and day give the same plan, byte for byte. Never throws. */
export function compile(bundle: Bundle, { today }: CompileOptions): Compiled {
  const report = new Report();
  const parser = new ExpressionParser();
  const index = indexSteps(bundle.manifest, parser);
  checkSteps(bundle, index, report);
  const flow = new FlowCheck(bundle, index, parser, report, today);
  flow.run();
  checkEvents(bundle, index, flow.bounds, report);
  checkWaits(bundle, report);
  checkExpress(bundle, index, flow.bounds, report);
  if (report.diagnostics.some(({ severity }) => severity === "error")) {
    return { diagnostics: report.diagnostics };
  }
  const plan = planOf(bundle, index, emitDefinition(bundle, index, parser));
  checkSize(renderDefinition(plan), bundle, report);
  const { diagnostics } = report;
  const sound = diagnostics.every(({ severity }) => severity !== "error");
  return sound ? { plan, diagnostics } : { diagnostics };
}

function planOf(bundle: Bundle, index: Index, definition: JsonObject): Plan {
  const { manifest, approvals, contracts } = bundle;
  const states = stateNames(definition);
  const steps = index.steps.map(({ step }) => step);
  return {
    format: 1,
    workflow: manifest.workflow,
    version: manifest.version,
    type: manifest.type,
    description: manifest.description ?? null,
    owners: manifest.owners,
    definition,
    steps: index.steps.map((one) => plannedStep(one, states)),
    functions: steps.flatMap((step) => (step.kind === "task" ? [plannedFunction(step)] : [])),
    approvals: steps.flatMap((step) => {
      const policy = step.kind === "approval" ? approvals.get(step.approval) : undefined;
      return policy ? [{ step: step.id, policy }] : [];
    }),
    emits: unique(steps.flatMap((step) => (step.kind === "emit" ? [step.emit] : []))),
    workflows: unique(steps.flatMap((step) => (step.kind === "workflow" ? [step.workflow] : []))),
    triggers: manifest.triggers as unknown as JsonObject[],
    contracts,
    config: manifest.config as JsonObject,
    transitions: measure(definition, new Set(index.names.keys())),
  };
}

function plannedStep({ step, containers }: Definition, states: ReadonlySet<string>): PlannedStep {
  const candidates = step.kind === "repeat" ? [STATES.until(step.id)] : [step.id];
  return {
    id: step.id,
    kind: step.kind,
    state: candidates.find((name) => states.has(name)) ?? null,
    description: step.description ?? null,
    parent: containers.at(-1)?.step.id ?? null,
  };
}

function plannedFunction(step: Extract<Definition["step"], { kind: "task" }>): PlannedFunction {
  const { id, task, timeout, memory, effect, permissions } = step;
  return { name: id, step: id, timeout, memory, effect, permissions, kind: "task", entry: task };
}

function stateNames(machine: JsonObject, names = new Set<string>()): ReadonlySet<string> {
  for (const [name, value] of Object.entries(machine.States as JsonObject)) {
    names.add(name);
    const state = value as JsonObject;
    if (state.ItemProcessor) stateNames(state.ItemProcessor as JsonObject, names);
    for (const branch of (state.Branches ?? []) as JsonObject[]) stateNames(branch, names);
  }
  return names;
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];
