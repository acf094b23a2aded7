/** What a deployed workflow says of itself, for whoever starts its runs: written by `lib/constructs`. */
import { environmentParameter } from "./deployed.ts";
import type { WorkflowType } from "./express.ts";

/**
 * Name of the Systems Manager parameter of a workflow in an environment: a JSON text of the shape
 * `WorkflowParts`. Those of an environment are found by their common path.
 */
export function workflowParameter(environment: string, workflow: string): string {
  return `${environmentParameter(environment)}/${workflow}`;
}

export interface WorkflowParts {
  readonly format: 1;
  readonly workflow: string;
  readonly version: string;
  /** `sha256:…` of the bundle. */
  readonly digest: string;
  readonly description: string | null;
  readonly type: WorkflowType;
  /** Name or ARN of the function that starts runs: it has the contract and the configuration. */
  readonly intake: string;
}
