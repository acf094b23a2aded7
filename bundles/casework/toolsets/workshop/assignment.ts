/** Whose bundle the tools are for: that of the agent's case, whatever its model asks for. */
import { type Json, StepError, z } from "espalier";
import type { CaseOf } from "./candidate.ts";

const Given = z.object({
  case: z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/), workflow: z.string() }),
});

/** Throws `Step.Failed` if the agent was given no case. */
export function givenCase(given: Json): CaseOf {
  const read = Given.safeParse(given);
  if (read.success) return read.data.case;
  throw new StepError(
    "Step.Failed",
    "These tools work on the case that the agent is given: with: { case: { name, workflow } }.",
  );
}
