/**
 * The compiler's output: plain data that the CDK constructs and the local runtime consume alike.
 * Names that only the target knows stand as placeholders in the definition, `${NAME}`:
 * `${function_NAME}` (qualified ARN of a function), `${function_espalier_approval}`
 * (the platform's approval function), `${event_bus}`, `${workflow_NAME}` (state machine ARN; dashes
 * of the name become underscores), `${bundle_digest}`, `${environment}`.
 */
import type { HandlerContract } from "../bundle/bundle.ts";
import type { ApprovalPolicy } from "../manifest/approval-policy.ts";
import type { AgentDocument } from "../runtime/agent/agent-document.ts";
import type { McpDocument } from "../runtime/agent/mcp-document.ts";
import type { Effect } from "../runtime/effect.ts";
import type { WorkflowType } from "../runtime/express.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { RetrieveDocument } from "../runtime/knowledge/retrieve-document.ts";
import type { MemoryDocument } from "../runtime/memory/memory-document.ts";
import type { ModelStepDocument } from "../runtime/model/model-step-document.ts";
import type { PromptStepDocument } from "../runtime/prompt/prompt-step-document.ts";

export interface Plan {
  readonly format: 1;
  /** Version of the Espalier that compiled it. Plans of earlier versions lack it. */
  readonly espalier?: string;
  readonly workflow: string;
  readonly version: string;
  /** Kind of state machine. */
  readonly type: WorkflowType;
  readonly description: string | null;
  readonly owners: { readonly business: string; readonly platform: string; readonly risk: string };
  /** Amazon States Language, JSONata, with the placeholders above. */
  readonly definition: JsonObject;
  /** One entry a step of the manifest, in the manifest's order: how `show` names what it sees. */
  readonly steps: readonly PlannedStep[];
  readonly functions: readonly PlannedFunction[];
  /**
   * Of approval steps, and of agents whose tools a person decides on. `state` is where it is asked;
   * `states` are all that carry the policy: its stages, and their schedule where it has one.
   */
  readonly approvals: readonly {
    readonly step: string;
    readonly state: string;
    readonly states: readonly string[];
    readonly policy: ApprovalPolicy;
  }[];
  /** Detail types of the events that the workflow emits. */
  readonly emits: readonly string[];
  /** Other workflows that it starts. */
  readonly workflows: readonly string[];
  readonly triggers: readonly JsonObject[];
  /** JSON Schema 2020-12 of the run's input and output; `true` accepts anything. */
  readonly contracts: { readonly input: JsonObject | true; readonly output: JsonObject | true };
  /**
   * By name of a function of the bundle's own code: what its handler declares, for whoever explains,
   * masks or replays a run. Plans of earlier versions lack it.
   */
  readonly handlers?: { readonly [name: string]: HandlerContract };
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

/** Code of the bundle (`task`, `tool`), or code of the kit with a document that says what to do. */
export type PlannedFunction = FunctionBase &
  /** `entry`: path of the handler inside the bundle, `code/inventory.ts`. */
  (
    | { readonly kind: "task"; readonly entry: string }
    | { readonly kind: "tool"; readonly entry: string; readonly tool: string }
    | { readonly kind: "mcp"; readonly document: McpDocument }
    | { readonly kind: "agent"; readonly document: AgentDocument }
    | { readonly kind: "model"; readonly document: ModelStepDocument }
    | { readonly kind: "retrieve"; readonly document: RetrieveDocument }
    | { readonly kind: "memory"; readonly document: MemoryDocument }
    | { readonly kind: "prompt"; readonly document: PromptStepDocument }
  );

interface FunctionBase {
  /**
   * Unique in the workflow: the step's id, `TOOLSET-TOOL` for a tool, `TOOLSET-mcp` for
   * an MCP server's, TOOLSET being the alias. Names of steps have no dash.
   * The function's own name is `WORKFLOW-NAME`; in the definition it is `${function_NAME}`.
   */
  readonly name: string;
  /** The step that it works for; null for tools, which several agents may share. */
  readonly step: string | null;
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
