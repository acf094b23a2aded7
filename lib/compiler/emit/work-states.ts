/** The states that do work: calls of functions, approvals, events, started workflows, waits. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type {
  AgentStep,
  ApprovalStep,
  EmitStep,
  Manifest,
  MemoryStep,
  ModelStep,
  PromptStep,
  RetrieveStep,
  TaskStep,
  WaitStep,
  WorkflowStep,
} from "../../manifest/manifest.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { EvidenceClasses } from "../check/clearance.ts";
import { STATES, type VariableNames } from "../names.ts";
import type { Question } from "./approval-stages.ts";
import {
  configCode,
  EXECUTION,
  INVOKE,
  literal,
  type RunFields,
  type Surroundings,
  type Translator,
} from "./translate.ts";

/** A state without its way on, and its step's output as its `Assign` and `Output` write it. */
export interface Work {
  readonly state: JsonObject;
  readonly result: Json;
}

/**
 * Errors of the Lambda service itself, and the retry that AWS recommends for them.
 * https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
 */
export const TRANSIENT_LAMBDA_ERRORS = [
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
] as const;

/** What `$run.FIELD` is in JSONata; the same fields make up the `run` of every call. */
export function runFields(manifest: Manifest): RunFields {
  return {
    id: `${EXECUTION}.Name`,
    workflow: JSON.stringify(manifest.workflow),
    version: JSON.stringify(manifest.version),
    digest: '"${bundle_digest}"',
    environment: '"${environment}"',
    customer: `${EXECUTION}.Input.run.customer`,
    principal: `${EXECUTION}.Input.run.principal`,
    startedAt: startTime(manifest),
    repair: REPAIR,
  };
}

/** Who starts an execution by hand leaves it out. */
const REPAIR = `($exists(${EXECUTION}.Input.run.repair) ? ${EXECUTION}.Input.run.repair : null)`;

/** Names that `$run` has. */
export const RUN_FIELDS = [
  "id",
  "workflow",
  "version",
  "digest",
  "environment",
  "customer",
  "principal",
  "startedAt",
  "repair",
] as const;

/**
 * An express execution may be carried out twice, and two of them may have one name: what its
 * effects are keyed by has to be the same then, so the time is the one that was noted with the claim
 * of the name, before anything was started.
 */
function startTime({ type }: Manifest): string {
  return type === "express" ? `${EXECUTION}.Input.run.startedAt` : `${EXECUTION}.StartTime`;
}

function runIdentity(manifest: Manifest): JsonObject {
  return {
    id: `{% ${EXECUTION}.Name %}`,
    workflow: manifest.workflow,
    version: manifest.version,
    digest: "${bundle_digest}",
    environment: "${environment}",
    customer: `{% ${EXECUTION}.Input.run.customer %}`,
    principal: `{% ${EXECUTION}.Input.run.principal %}`,
    startedAt: `{% ${startTime(manifest)} %}`,
  };
}

/** Steps that are one call of a function, whose answer is their output. */
export type CallStep = TaskStep | ModelStep | RetrieveStep | MemoryStep | PromptStep;

/** Of an agent's function, and so of one call of it: the most that Lambda has. */
export const AGENT_SECONDS = 900;

export class WorkStates {
  readonly #manifest: Manifest;
  readonly #translator: Translator;
  readonly #names: VariableNames;
  readonly #classes: ReadonlyMap<string, EvidenceClasses>;

  constructor(
    manifest: Manifest,
    translator: Translator,
    names: VariableNames,
    classes: ReadonlyMap<string, EvidenceClasses>,
  ) {
    this.#manifest = manifest;
    this.#classes = classes;
    this.#translator = translator;
    this.#names = names;
  }

  /** `seconds`: timeout of the function. */
  call(step: CallStep, seconds: number, around: Surroundings): Work {
    return {
      state: {
        Type: "Task",
        Resource: INVOKE,
        Arguments: {
          FunctionName: `\${function_${step.id}}`,
          Payload: this.#payload(step, around),
        },
        TimeoutSeconds: seconds,
      },
      result: "{% $states.result.Payload %}",
    };
  }

  /** A call of an agent's function; `resume` is the variable of what it goes on with, if it may ask. */
  agent(step: AgentStep, resume: string | undefined, around: Surroundings): JsonObject {
    // The variable is there only once a person was asked.
    const resumed = resume && `{% $exists($${resume}) ? $${resume} : null %}`;
    return {
      Type: "Task",
      Resource: INVOKE,
      Arguments: {
        FunctionName: `\${function_${step.id}}`,
        Payload: { ...this.#payload(step, around), resume: resumed ?? null },
      },
      TimeoutSeconds: AGENT_SECONDS,
    };
  }

  /** The question whether an agent may call a tool; `evidence` and `key` are JSONata. */
  toolQuestion(
    step: AgentStep,
    policy: ApprovalPolicy,
    { evidence, key }: { readonly evidence: string; readonly key: string },
    around: Surroundings,
  ): Question {
    return {
      ...this.#question(step.id, policy, around),
      state: STATES.approval(step.id),
      required: true,
      evidence: `{% ${evidence} %}`,
      key: `{% ${key} %}`,
    };
  }

  #payload(step: CallStep | AgentStep, around: Surroundings): JsonObject {
    return {
      run: runIdentity(this.#manifest),
      step: this.#step(step.id, around),
      input: this.#translator.settled(step.with ?? {}, around),
      config: `{% ${configCode(this.#manifest.config as JsonObject)} %}`,
      repair: `{% ${REPAIR} %}`,
    };
  }

  question(step: ApprovalStep, policy: ApprovalPolicy, around: Surroundings): Question {
    return {
      ...this.#question(step.id, policy, around),
      state: step.id,
      required: this.#translator.settled(step.required, around),
      evidence: this.#translator.settled(step.with ?? {}, around),
      key: "",
      classes: this.#classes.get(step.id),
    };
  }

  #question(id: string, policy: ApprovalPolicy, around: Surroundings) {
    return {
      policy,
      run: runIdentity(this.#manifest),
      step: this.#step(id, around),
      repair: `{% ${REPAIR} %}`,
      schedule: this.#names.schedule(id),
    };
  }

  emit(step: EmitStep, around: Surroundings): Work {
    return {
      state: {
        Type: "Task",
        Resource: "arn:aws:states:::events:putEvents",
        Arguments: {
          Entries: [
            {
              Source: `espalier.${this.#manifest.workflow}`,
              DetailType: literal(step.emit),
              Detail: this.#translator.settled(step.with, around),
              EventBusName: "${event_bus}",
            },
          ],
        },
      },
      result: "{% $states.result %}",
    };
  }

  workflow(step: WorkflowStep, around: Surroundings): Work {
    return {
      state: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync:2",
        Arguments: {
          StateMachineArn: `\${workflow_${step.workflow.replaceAll("-", "_")}}`,
          Name: childName(step.id, around),
          Input: {
            input: this.#translator.settled(step.with ?? {}, around),
            run: {
              principal: `{% ${EXECUTION}.Input.run.principal %}`,
              customer: `{% ${EXECUTION}.Input.run.customer %}`,
            },
            config: {},
          },
        },
        ...(step.timeout !== undefined && { TimeoutSeconds: step.timeout }),
      },
      result: "{% $states.result.Output %}",
    };
  }

  wait(step: WaitStep, around: Surroundings): Work {
    const { wait } = step;
    const timing: JsonObject =
      typeof wait === "object"
        ? { Timestamp: this.#translator.settled(wait.until, around) }
        : { Seconds: this.#translator.settled(wait, around) };
    return { state: { Type: "Wait", ...timing }, result: null };
  }

  #step(id: string, around: Surroundings): JsonObject {
    return {
      id,
      iteration: around.iteration === undefined ? "" : `{% ${around.iteration} %}`,
      attempt: "{% $states.context.State.RetryCount %}",
    };
  }
}

/**
 * The same for the same step of the same run, so that a repeated call starts nothing twice; another
 * for each retry, as a name that has ended cannot start again. At most 76 of the 80 characters.
 */
function childName(id: string, around: Surroundings): string {
  const parts = [
    `${EXECUTION}.Id`,
    `"/${id}/"`,
    ...(around.iteration === undefined ? [] : [`(${around.iteration})`]),
    '"/"',
    "$states.context.State.RetryCount",
  ];
  const unique = `$substring($hash(${parts.join(" & ")}, "SHA-256"), 0, 20)`;
  return `{% $substring(${EXECUTION}.Name, 0, 30) & "-${id.slice(0, 24)}-" & ${unique} %}`;
}
