/** The kinds of steps: what a manifest writes (schemas), and what the compiler reads (types). */
import { z } from "zod";
import { fileOrAlias } from "./file-or-alias.ts";
import { addKind } from "./kind.ts";
import {
  AGENT_FIELDS,
  MEMORY_FIELDS,
  MODEL_FIELDS,
  PROMPT_FIELDS,
  RETRIEVE_FIELDS,
} from "./model-steps.ts";
import { Permission } from "./permission.ts";
import {
  bundlePath,
  duration,
  Expression,
  Id,
  TimeOrExpression,
  Value,
  WaitText,
  WorkflowName,
} from "./values.ts";

/** Name of an error: one of Espalier's, of Step Functions' (`States.ALL`), or a handler's own. */
const ErrorName = z.string().min(1).max(128);

const Base = {
  id: Id,
  description: z.string().optional(),
  if: Expression.describe(
    "The step runs only if this is true; else its output is null.",
  ).optional(),
};

export const Retry = z.strictObject({
  on: z.array(ErrorName).min(1).describe("Names of errors; States.ALL means all."),
  attempts: z.int().min(0).max(1000).default(3).describe("Attempts after the first."),
  interval: duration().default(1).describe("Before the first retry."),
  backoff: z.number().min(1).max(100).default(2).describe("Factor from each wait to the next."),
  maxDelay: duration().optional().describe("No wait is longer."),
  jitter: z.enum(["full", "none"]).default("full"),
});
/** `interval` and `maxDelay` in seconds. */
export type Retry = z.infer<typeof Retry>;

const CatchValue = z.strictObject({
  on: z.array(ErrorName).min(1),
  value: Value.describe("Stands for the output of the step that failed."),
});
const CatchSteps = z.strictObject({
  on: z.array(ErrorName).min(1),
  get steps() {
    return Steps;
  },
});
/** What happens when a step fails: other steps, or just a value that stands for its output. */
export type Catch = z.infer<typeof CatchValue> | { on: string[]; steps: Step[] };
const Catches: z.ZodType<Catch[]> = z.array(z.union([CatchSteps, CatchValue]));

const Failing = { retry: z.array(Retry).default([]), catch: z.lazy(() => Catches).default([]) };

const Unattended = z
  .strictObject({
    reason: z.string().min(1),
    owner: z.string().min(1),
    expires: z.iso.date().describe("The last day, in UTC, on which the waiver holds."),
  })
  .describe("Waives the approval that an effect needs.");

const TaskStep = z.strictObject({
  kind: z.literal("task"),
  ...Base,
  task: bundlePath(["ts", "mts", "js", "mjs"]).describe("The handler, inside the bundle."),
  with: Value.optional(),
  ...Failing,
  timeout: duration(900, "15m").default(60),
  memory: z.int().min(128).max(10_240).default(512).describe("MiB."),
  effect: z.enum(["none", "read", "write", "send", "delete"]).default("none"),
  permissions: z.array(Permission).default([]),
  unattended: Unattended.optional(),
});
/** Code; `timeout` in seconds, 1 to 900. */
export interface TaskStep extends z.infer<typeof TaskStep> {}

const ModelStep = z.strictObject({
  kind: z.literal("model"),
  ...Base,
  ...MODEL_FIELDS,
  ...Failing,
});
/** One call of a model; `timeout` and `cache` in seconds. */
export interface ModelStep extends z.infer<typeof ModelStep> {}

const AgentStep = z.strictObject({
  kind: z.literal("agent"),
  ...Base,
  ...AGENT_FIELDS,
  ...Failing,
});
/** A capped loop of a model and tools. */
export interface AgentStep extends z.infer<typeof AgentStep> {}

const RetrieveStep = z.strictObject({
  kind: z.literal("retrieve"),
  ...Base,
  ...RETRIEVE_FIELDS,
  ...Failing,
});
/** A search in pinned knowledge. */
export interface RetrieveStep extends z.infer<typeof RetrieveStep> {}

const MemoryStep = z.strictObject({
  kind: z.literal("memory"),
  ...Base,
  ...MEMORY_FIELDS,
  ...Failing,
});
/** What runs remember under a policy. */
export interface MemoryStep extends z.infer<typeof MemoryStep> {}

const PromptStep = z.strictObject({
  kind: z.literal("prompt"),
  ...Base,
  ...PROMPT_FIELDS,
  ...Failing,
});
/** A prompt as an artifact. */
export interface PromptStep extends z.infer<typeof PromptStep> {}

const ApprovalStep = z.strictObject({
  kind: z.literal("approval"),
  ...Base,
  approval: fileOrAlias("The approval policy", "approvals"),
  required: z
    .union([z.boolean(), Expression])
    .default(true)
    .describe("If false, the approval is granted by this rule, and recorded so."),
  with: Value.optional().describe("What the approver is shown."),
  catch: Failing.catch,
});
/** A person's decision. */
export interface ApprovalStep extends z.infer<typeof ApprovalStep> {}

const SetStep = z.strictObject({ kind: z.literal("set"), ...Base, set: Value });
/** Data only. */
export interface SetStep extends z.infer<typeof SetStep> {}

const WaitStep = z.strictObject({
  kind: z.literal("wait"),
  ...Base,
  wait: z.union([z.strictObject({ until: TimeOrExpression }), WaitText]),
});
/** `wait` is a number of seconds, an expression that yields one, or a time (or an expression for it). */
export interface WaitStep extends z.infer<typeof WaitStep> {}

const EmitStep = z.strictObject({
  kind: z.literal("emit"),
  ...Base,
  emit: z.string().min(1).max(128).describe("Detail type of the event."),
  with: z
    .union([z.record(z.string(), Value), Expression])
    .default({})
    .describe("Its detail."),
  ...Failing,
});
/** An event on the platform's bus. */
export interface EmitStep extends z.infer<typeof EmitStep> {}

const WorkflowStep = z.strictObject({
  kind: z.literal("workflow"),
  ...Base,
  workflow: WorkflowName.describe("Another bundle's workflow."),
  with: Value.optional().describe("Its input."),
  ...Failing,
  timeout: duration().optional(),
});
/** A run of another workflow, to its end; `timeout` in seconds. */
export interface WorkflowStep extends z.infer<typeof WorkflowStep> {}

const FailStep = z.strictObject({
  kind: z.literal("fail"),
  ...Base,
  fail: z.strictObject({ error: ErrorName, cause: Value }),
});
/** Ends the run as failed. */
export interface FailStep extends z.infer<typeof FailStep> {}

const SucceedStep = z.strictObject({ kind: z.literal("succeed"), ...Base, succeed: Value });
/** Ends the run (inside a map or parallel: its branch) with this output. */
export interface SucceedStep extends z.infer<typeof SucceedStep> {}

const SwitchStep = z.strictObject({
  kind: z.literal("switch"),
  ...Base,
  switch: z
    .array(
      z.union([
        z.strictObject({
          when: Expression,
          get steps() {
            return Steps;
          },
        }),
        z.strictObject({
          get otherwise() {
            return Steps;
          },
        }),
      ]),
    )
    .min(1)
    .describe("The first case whose `when` is true is taken; `otherwise` is the last."),
});
export type SwitchCase = { when: string; steps: Step[] } | { otherwise: Step[] };
/** Only the last case may be `otherwise`. */
export interface SwitchStep extends Common<"switch"> {
  switch: SwitchCase[];
}

const ParallelStep = z.strictObject({
  kind: z.literal("parallel"),
  ...Base,
  get parallel() {
    return z.record(Id, Steps);
  },
  ...Failing,
});
/** Branches by name, at the same time. */
export interface ParallelStep extends Common<"parallel">, MayFail {
  parallel: Record<string, Step[]>;
}

const MapFields = z.strictObject({
  kind: z.literal("map"),
  ...Base,
  map: Expression.describe("Yields the list."),
  as: Id.describe("Names the item in the steps below."),
  concurrency: z.int().min(1).max(40).default(10),
  tolerate: z
    .union([
      z.int().min(0),
      z.string().regex(/^(100|[1-9]?[0-9])%$/, "Write a number of items, or a share such as 10%."),
    ])
    .default(0)
    .describe("How many items may fail: a number, or a share such as 10%."),
  ...Failing,
});
const MapStep = MapFields.extend({
  get steps() {
    return Steps;
  },
});
/** The same steps for each item of a list. */
export interface MapStep extends z.infer<typeof MapFields> {
  steps: Step[];
}

const RepeatFields = z.strictObject({
  kind: z.literal("repeat"),
  ...Base,
  repeat: z.strictObject({
    max: z.int().min(1).max(10_000).describe("Rounds at most; running out of them is no error."),
    until: Expression.describe("Asked after each round; sees the steps of the body."),
  }),
});
const RepeatStep = RepeatFields.extend({
  get steps() {
    return Steps;
  },
});
/** The same steps again and again. */
export interface RepeatStep extends z.infer<typeof RepeatFields> {
  steps: Step[];
}

interface Common<Kind extends string> {
  kind: Kind;
  id: string;
  description?: string | undefined;
  if?: string | undefined;
}
interface MayFail {
  retry: Retry[];
  catch: Catch[];
}

export type Step =
  | TaskStep
  | ModelStep
  | AgentStep
  | RetrieveStep
  | MemoryStep
  | PromptStep
  | ApprovalStep
  | SetStep
  | WaitStep
  | EmitStep
  | WorkflowStep
  | FailStep
  | SucceedStep
  | SwitchStep
  | ParallelStep
  | MapStep
  | RepeatStep;

/** One schema a kind; what `grammar.ts` takes the known keys from. */
export const STEP_SCHEMAS = {
  task: TaskStep,
  model: ModelStep,
  agent: AgentStep,
  retrieve: RetrieveStep,
  memory: MemoryStep,
  prompt: PromptStep,
  approval: ApprovalStep,
  set: SetStep,
  wait: WaitStep,
  emit: EmitStep,
  workflow: WorkflowStep,
  fail: FailStep,
  succeed: SucceedStep,
  switch: SwitchStep,
  parallel: ParallelStep,
  map: MapStep,
  repeat: RepeatStep,
} as const;

export const Step: z.ZodType<Step> = z.lazy(() =>
  z.preprocess(
    addKind,
    z.discriminatedUnion("kind", [
      TaskStep,
      ModelStep,
      AgentStep,
      RetrieveStep,
      MemoryStep,
      PromptStep,
      ApprovalStep,
      SetStep,
      WaitStep,
      EmitStep,
      WorkflowStep,
      FailStep,
      SucceedStep,
      SwitchStep,
      ParallelStep,
      MapStep,
      RepeatStep,
    ]),
  ),
);

export const Steps: z.ZodType<Step[]> = z.array(Step).min(1);
