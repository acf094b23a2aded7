/** From a bundle to a plan, or to everything that is wrong with it. */
import type { Bundle } from "../bundle/bundle.ts";
import { kitVersion } from "../bundle/kit.ts";
import type { ApprovalPolicy } from "../manifest/approval-policy.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Step } from "../manifest/manifest.ts";
import { stagesOf } from "../runtime/approval/stages.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { ModelSettings } from "../runtime/model/model.ts";
import { checkClearance } from "./check/clearance.ts";
import { checkExpress } from "./check/express.ts";
import { FlowCheck } from "./check/flow.ts";
import { Report } from "./check/report.ts";
import { checkStandIns } from "./check/stand-ins.ts";
import { checkSteps } from "./check/steps.ts";
import { checkEvents, checkSize, checkWaits } from "./check/whole.ts";
import { emitDefinition } from "./emit/definition.ts";
import { ExpressionParser } from "./expression/parse.ts";
import { type Definition, indexSteps } from "./index-steps.ts";
import { measure } from "./measure.ts";
import { STATES } from "./names.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { type FunctionParts, plannedFunctions } from "./plan-functions.ts";
import { renderDefinition } from "./render.ts";
import type { Resolution } from "./resolve/resolution.ts";
import { resolveSteps } from "./resolve/steps.ts";
import { toolPolicies } from "./resolve/tool-policies.ts";

export interface CompileOptions {
  /** The day on which waivers have to hold, `2027-01-31` (UTC). The compiler itself has no clock. */
  readonly today: string;
  /** What answers models where the plan shall run, if that is known: stand-ins then have to be there. */
  readonly models?: ModelSettings["adapter"] | undefined;
}

export interface Compiled {
  /** Absent if any finding is an error. */
  readonly plan?: Plan;
  /** Every finding, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Pure and deterministic: the same bundle and day give the same plan, byte for byte. Never throws. */
export function compile(bundle: Bundle, { today, models }: CompileOptions): Compiled {
  const report = new Report();
  const parser = new ExpressionParser();
  const index = indexSteps(bundle.manifest, parser);
  checkSteps(bundle, index, report);
  const resolution = resolveSteps(bundle, index, report);
  const flow = new FlowCheck(bundle, index, parser, report, today, resolution);
  flow.run();
  checkClearance(bundle, index, resolution, flow.givens, report);
  if (models === "stand-in") checkStandIns(bundle, index, report);
  checkEvents(bundle, index, flow.bounds, report);
  checkWaits(bundle, report);
  checkExpress(bundle, index, flow.bounds, resolution, report);
  if (report.diagnostics.some(({ severity }) => severity === "error")) {
    return { diagnostics: report.diagnostics };
  }
  // Policies that cannot be read are findings of the bundle; without them there are no stages.
  const isWhole = index.steps.every(
    ({ step }) => step.kind !== "approval" || bundle.approvals.has(step.approval),
  );
  if (!isWhole) return { diagnostics: report.diagnostics };
  const definition = emitDefinition(bundle, index, parser, resolution, flow.classes);
  const plan = planOf({ bundle, index, resolution, givens: flow.givens }, definition);
  checkSize(renderDefinition(plan), bundle, report);
  const { diagnostics } = report;
  const sound = diagnostics.every(({ severity }) => severity !== "error");
  return sound ? { plan, diagnostics } : { diagnostics };
}

function planOf(parts: FunctionParts, definition: JsonObject): Plan {
  const { bundle, index, resolution } = parts;
  const { manifest, contracts } = bundle;
  const states = stateNames(definition);
  const steps = index.steps.map(({ step }) => step);
  const functions = plannedFunctions(parts);
  return {
    format: 1,
    espalier: kitVersion(),
    workflow: manifest.workflow,
    version: manifest.version,
    type: manifest.type,
    description: manifest.description ?? null,
    owners: manifest.owners,
    definition,
    steps: index.steps.map((one) => plannedStep(one, states)),
    functions,
    approvals: plannedApprovals(steps, bundle, resolution),
    emits: unique(steps.flatMap((step) => (step.kind === "emit" ? [step.emit] : []))),
    workflows: unique(steps.flatMap((step) => (step.kind === "workflow" ? [step.workflow] : []))),
    triggers: manifest.triggers as unknown as JsonObject[],
    contracts,
    handlers: plannedHandlers(functions, bundle),
    config: manifest.config as JsonObject,
    transitions: measure(definition, new Set(index.names.keys())),
  };
}

/** Contracts of the bundle's own code, by the function that runs it. */
function plannedHandlers(
  functions: Plan["functions"],
  { handlers, componentHandlers }: Bundle,
): NonNullable<Plan["handlers"]> {
  const found = functions.flatMap((each) => {
    if (each.kind !== "task" && each.kind !== "tool") return [];
    const contract =
      each.kind === "task" ? handlers.get(each.name) : componentHandlers.get(each.entry);
    return contract ? [[each.name, contract] as const] : [];
  });
  return Object.fromEntries(found);
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

/** Of approval steps, and of agents whose tools a person decides on. */
function plannedApprovals(
  steps: readonly Step[],
  { approvals }: Bundle,
  resolution: Resolution,
): Plan["approvals"] {
  const ofTools = toolPolicies(resolution);
  return steps.flatMap((step) => {
    const own = step.kind === "approval" ? approvals.get(step.approval) : undefined;
    if (own) return [plannedApproval(step.id, step.id, own)];
    const policy = step.kind === "agent" ? ofTools.get(step.id) : undefined;
    return policy ? [plannedApproval(step.id, STATES.approval(step.id), policy)] : [];
  });
}

function plannedApproval(
  step: string,
  state: string,
  policy: ApprovalPolicy,
): Plan["approvals"][number] {
  const stages = stagesOf(policy).map(({ name }) => STATES.stage(state, name));
  const states = policy.businessHours ? [STATES.schedule(state), ...stages] : stages;
  return { step, state, states, policy };
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
