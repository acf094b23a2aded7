import { ApprovalPolicy } from "./approval-policy.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { checkGrammar, inOrder } from "./grammar.ts";
import { displayPath, readSource } from "./read-source.ts";
import { parseYaml } from "./yaml.ts";

export interface LoadedApprovalPolicy {
  /** Absent if there is any error. */
  readonly policy?: ApprovalPolicy;
  /** Absent if the file could not be read. */
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and checks an approval policy, `approvals/NAME.yaml`. Never throws for what the file holds. */
export function loadApprovalPolicy(
  path: string,
  file: string = displayPath(path),
): LoadedApprovalPolicy {
  const read = readSource(path, file);
  if (read.text === undefined) return { diagnostics: [read.diagnostic] };
  const { value, source, diagnostics } = parseYaml(read.text, file);
  if (value === undefined) return { diagnostics };
  const checked = checkGrammar(ApprovalPolicy, value, source);
  const all = inOrder([...diagnostics, ...checked.diagnostics]);
  return checked.data !== undefined && all.length === 0
    ? { policy: checked.data, text: read.text, diagnostics: [] }
    : { text: read.text, diagnostics: all };
}
