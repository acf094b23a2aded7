/** `model.yaml` of a model component. */
import { z } from "zod";
import { duration, type Json } from "../values.ts";
import { GuardrailFile } from "./guardrail-file.ts";

const Price = z.number().min(0).describe("Of the currency, for `per` tokens.");

const Prices = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "Write three capital letters, such as USD."),
  per: z.int().min(1).default(1_000_000).describe("Tokens that the prices are for."),
  input: Price,
  output: Price,
  cacheRead: Price.optional().describe("Default: as input."),
  cacheWrite: Price.optional().describe("Default: as input."),
  date: z.iso.date().describe("The day on which these prices were looked up."),
  source: z.string().min(1).describe("Where."),
});

export const ModelFile = z.strictObject({
  ids: z
    .strictObject({ bedrock: z.string().min(1).optional(), openai: z.string().min(1).optional() })
    .default({})
    .describe("What each adapter calls the model; a stand-in needs none."),
  maxOutputTokens: z.int().min(1),
  contextTokens: z.int().min(1),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  structuredOutput: z
    .enum(["textFormat", "strictTool", "tool"])
    .describe("How it is made to answer by a schema."),
  prices: Prices.optional().describe("Needed wherever a cost limit is set."),
  clearance: z
    .array(z.string().min(1))
    .describe("Data classes that it may be shown; fields of other classes are removed."),
  guardrail: GuardrailFile.optional().describe("Of Amazon Bedrock."),
  timeout: duration(900, "15m").default(60).describe("Of one call."),
  parameters: z
    .record(
      z.string(),
      z.custom<Json>(() => true),
    )
    .optional()
    .describe("Further fields of the request, as the model defines them."),
  resources: z
    .array(z.string().regex(/^arn:/, "Write ARNs."))
    .min(1)
    .optional()
    .describe("What bedrock:InvokeModel is allowed on; default: derived from ids.bedrock."),
});
export type ModelFile = z.infer<typeof ModelFile>;
