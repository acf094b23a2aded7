/** What code may do beyond its own function: statements of IAM, as people write them. */
import { z } from "zod";

export const Permission = z.strictObject({
  actions: z
    .array(
      z.string().regex(/^[a-z0-9-]+:[A-Za-z0-9*]+$/, "Write service:Action, such as s3:GetObject."),
    )
    .min(1)
    .describe("IAM actions: s3:GetObject."),
  resources: z.array(z.string().min(1)).min(1).describe("ARNs; * stands for anything within."),
});
