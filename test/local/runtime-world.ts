/** Hand-written plans, and data folders that are gone after the test. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Plan, PlannedStep } from "../../lib/compiler/plan.ts";
import type { Deployment } from "../../lib/local/runtime/deployment.ts";
import { LocalRuntime } from "../../lib/local/runtime/local-runtime.ts";
import type { LocalRuntimeOptions } from "../../lib/local/runtime/open-parts.ts";
import type { Control, RunDetail } from "../../lib/runtime/control.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";

export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "espalier-runtime-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function openRuntime(
  directory: string,
  options: Partial<LocalRuntimeOptions> = {},
): Promise<LocalRuntime> {
  const runtime = await LocalRuntime.open({ directory, ...options });
  onTestFinished(() => runtime.close());
  return runtime;
}

export interface PlanSketch {
  readonly workflow?: string;
  readonly version?: string;
  readonly startAt: string;
  readonly states: JsonObject;
  /** Code by step id, each an ESM file with a `handler`. */
  readonly code?: Readonly<Record<string, string>>;
  readonly steps?: readonly PlannedStep[];
  readonly input?: JsonObject;
  readonly config?: JsonObject;
}

export function deploymentOf(sketch: PlanSketch): Deployment {
  const code = Object.entries(sketch.code ?? {});
  const plan: Plan = {
    format: 1,
    workflow: sketch.workflow ?? "sample",
    type: "standard",
    version: sketch.version ?? "1.0.0",
    description: "a sample",
    owners: { business: "b@example.com", platform: "p@example.com", risk: "r@example.com" },
    definition: { QueryLanguage: "JSONata", StartAt: sketch.startAt, States: sketch.states },
    steps: sketch.steps ?? [],
    functions: code.map(([step]) => ({
      name: step,
      step,
      kind: "task" as const,
      entry: `code/${step}.ts`,
      timeout: 20,
      memory: 512,
      effect: "none",
      permissions: [],
    })),
    approvals: [],
    emits: [],
    workflows: [],
    triggers: [],
    contracts: { input: sketch.input ?? true, output: true },
    config: sketch.config ?? {},
    transitions: { states: 1, decisions: 0, longestPath: 1 },
  };
  const digest = createHash("sha256")
    .update(JSON.stringify([plan, code]))
    .digest("hex");
  return {
    plan,
    digest: `sha256:${digest}`,
    code: new Map(code.map(([step, js]) => [`code/${step}.ts`, { js, map: "{}" }])),
    files: new Map(),
    components: new Map(),
  };
}

const RUN =
  "{ 'id': $states.context.Execution.Name, 'workflow': 'sample', 'version': '1.0.0', 'digest': '${bundle_digest}', 'environment': '${environment}', 'customer': $states.context.Execution.Input.run.customer, 'principal': $states.context.Execution.Input.run.principal, 'startedAt': $states.context.Execution.StartTime }";

/** An approval step, as the compiler writes it. */
export function approvalState(
  id: string,
  next: { readonly Next: string } | { readonly End: true },
  change: {
    readonly deadline?: string;
    readonly required?: string;
    readonly approvers?: string[];
    readonly policy?: JsonObject;
  } = {},
): JsonObject {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Arguments: {
      FunctionName: "${function_espalier_approval}",
      Payload: {
        run: `{% ${RUN} %}`,
        step: { id, iteration: "", attempt: "{% $states.context.State.RetryCount %}" },
        token: "{% $states.context.Task.Token %}",
        required: change.required ?? true,
        policy: {
          approval: id,
          title: "Go on?",
          approvers: change.approvers ?? ["ada@example.com", "grace@example.com"],
          fourEyes: true,
          deadline: change.deadline ?? "3d",
          onExpiry: "fail",
          reasons: ["reject"],
          ...change.policy,
        },
        evidence: { asked: "{% $states.context.Execution.Input.input %}" },
      },
    },
    Assign: { [id]: "{% $states.result %}" },
    Output: "{% $states.result %}",
    ...next,
  };
}

/** A task step, as the compiler writes it. */
export function taskState(
  id: string,
  input: string,
  next: { readonly Next: string } | { readonly End: true },
): JsonObject {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: {
      FunctionName: `\${function_${id}}`,
      Payload: { step: id, input: `{% ${input} %}` },
    },
    Assign: { [id]: "{% $states.result.Payload %}" },
    Output: "{% $states.result.Payload %}",
    ...next,
  };
}

/** Waits until the run is as wanted; fails with what it is instead. */
export async function until(
  control: Control,
  id: string,
  wanted: (run: RunDetail) => boolean,
): Promise<RunDetail> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const run = await control.run(id);
    if (wanted(run)) return run;
    if (Date.now() > giveUpAt) throw new Error(`still not there: ${JSON.stringify(run)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const ended = (run: RunDetail): boolean => run.status !== "RUNNING";
export const waiting = (run: RunDetail): boolean => run.waitingFor.length > 0;

export const START = { workflow: "sample", principal: "carl@example.com", input: { n: 1 } };
export const ADA = { verdict: "approved", by: "ada@example.com" } as const;

export const ASK: PlanSketch = {
  startAt: "review",
  states: { review: approvalState("review", { End: true }) },
  steps: [{ id: "review", kind: "approval", state: "review", description: null, parent: null }],
};
