/**
 * The compiler's output: plain data that the CDK constructs and the local runtime consume alike.
 * Names that only the target knows stand as placeholders in the definition, `${NAME}`:
 * `${function_STEP}` (qualified ARN of a step's function), `${function_espalier_approval}`
 * (the platform's approval function), `${event_bus}`, `${workflow_NAME}` (state machine ARN; dashes
 * of the name become underscores), `${bundle_digest}`, `${environment}`.
 */
import type { ApprovalPolicy } from "../manifest/approval-policy.ts";
import type { Effect } from "../runtime/effect.ts";
import type { JsonObject } from "../runtime/json.ts";

export interface Plan {
  readonly format: 1;
  readonly workflow: string;
  readonly version: string;
  readonly description: string | null;
  readonly owners: { readonly business: string; readonly platform: string; readonly risk: string };
  /** Amazon States Language, JSONata, with the placeholders above. */
  readonly definition: JsonObject;
  /** One entry a step of the manifest, in the manifest's order: how `show` names what it sees. */
  readonly steps: readonly PlannedStep[];
  readonly functions: readonly PlannedFunction[];
  readonly approvals: readonly { readonly step: string; readonly policy: ApprovalPolicy }[];
  /** Detail types of the events that the workflow emits. */
  readonly emits: readonly string[];
  /** Other workflows that it starts. */
  readonly workflows: readonly string[];
  readonly triggers: readonly JsonObject[];
  /** JSON Schema 2020-12 of the run's input and output; `true` accepts anything. */
  readonly contracts: { readonly input: JsonObject | true; readonly output: JsonObject | true };
  /** What runs get as `$config`: the manifest's defaults. */
  readonly config: JsonObject;
  /** What `espalier compile` prints and tests hold. */
  readonly transitions: {
    /** States in the definition, nested ones included. */
    readonly states: number;
    /** Of them, Choice and Fail states that the compiler added for decisions. */
    readonly decisions: number;
    /** States entered on the longest path, every map and repeat counted once. */
    readonly longestPath: number;
  };
}

export interface PlannedStep {
  readonly id: string;
  readonly kind: string;
  /** Name of the state that does the work; null where the step rides on another (`set`). */
  readonly state: string | null;
  readonly description: string | null;
  /** Id of the structure around it (map, parallel, switch, repeat), or null. */
  readonly parent: string | null;
}

export interface PlannedFunction {
  /** The step's id; the function's name is `WORKFLOW-STEP`. */
  readonly step: string;
  /** Path of the handler inside the bundle, `code/inventory.ts`. */
  readonly entry: string;
  /** Seconds, 1 to 900. */
  readonly timeout: number;
  /** MiB, 128 to 10240. */
  readonly memory: number;
  readonly effect: Effect;
  readonly permissions: readonly Permission[];
}

export type { Effect } from "../runtime/effect.ts";

export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}
