/** Carries our codes, messages and hints through zod's issues, from the schema to the diagnostics. */
import type { z } from "zod";

export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** True: the key is meant, not its value. */
  readonly atKey?: boolean;
}

/** An issue that `grammar.ts` turns into a diagnostic as it stands. */
export function issue(
  input: unknown,
  finding: Finding,
  path: (string | number)[] = [],
): z.core.$ZodRawIssue {
  return { code: "custom", input, path, message: finding.message, params: { finding } };
}

/** The finding that `issue` put into a zod issue, if it was one of ours. */
export function findingOf(params: Record<string, unknown> | undefined): Finding | undefined {
  return params?.finding as Finding | undefined;
}
