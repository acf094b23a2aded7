import { z } from "espalier";

/** `review`: the policy wants a person to decide; `unknown`: no rule of the policy says anything. */
export const Verdict = z.enum(["allow", "review", "deny", "unknown"]);
export type Verdict = z.infer<typeof Verdict>;
