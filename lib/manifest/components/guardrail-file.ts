/** `guardrail.yaml` of a guardrail: one of Amazon Bedrock, in a version that never changes. */
import { z } from "zod";

export const GuardrailFile = z.strictObject({
  id: z.string().min(1).describe("Identifier of the guardrail, or its ARN."),
  version: z.string().min(1).describe("Of the guardrail: a number; DRAFT may change."),
});
export type GuardrailFile = z.infer<typeof GuardrailFile>;
