import { z } from "espalier";

/** What the agent hands in; contracts/claim.yaml says the same to the model. */
export const Claim = z.object({
  verdict: z.enum(["settled", "unclear"]),
  expression: z.string().nullable(),
  quote: z.string(),
  path: z.string().nullable(),
  confidence: z.number(),
  reason: z.string(),
});
export type Claim = z.infer<typeof Claim>;

/** An agent that came to no end: the name of the error, such as `Agent.TurnLimit`. */
export const NoClaim = z.object({ failed: z.string() });
