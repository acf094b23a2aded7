import { z } from "zod";

/** A whole number within bounds, given as text. */
export function count(least: number, most: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: expected })
    .transform(Number)
    .pipe(z.number().min(least, { error: expected }).max(most, { error: expected }));
}

/** Name of a workflow, as manifests allow it. */
export const WorkflowName = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, {
  error: "expected the name of a workflow: lower-case letters, digits and dashes",
});

/** Name of a tool, as models take it. */
export const ToolName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, {
  error: "expected the name of a tool: letters, digits, underscores and dashes",
});

/** Name of a run: also the execution's name in Step Functions. */
export const RunName = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, {
  error: "expected 1 to 80 letters, digits, dashes or underscores",
});

/** Who asks or decides. */
export const Address = z
  .string()
  .trim()
  .min(1, { error: "expected an address, for example you@example.com" })
  .max(320, { error: "expected an address of at most 320 characters" });
