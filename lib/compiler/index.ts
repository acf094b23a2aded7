export { type Compiled, type CompileOptions, compile } from "./compile.ts";
export { type ApprovalExplanation, explainPlan, type PlanExplanation } from "./explain.ts";
export type { Effect, Permission, Plan, PlannedFunction, PlannedStep } from "./plan.ts";
export { renderDefinition } from "./render.ts";
