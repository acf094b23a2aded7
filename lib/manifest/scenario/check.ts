/** What must hold of a scenario's run. */
import { z } from "zod";
import { Cost } from "../money.ts";
import { bundlePath, Expression, type Json } from "../values.ts";

const Value = z
  .custom<Json>((value) => value !== undefined)
  .describe("Any JSON; { $json: FILE } is what is in that file.");

const of = Expression.default("{% $output %}").describe(
  "What is looked at: JSONata over $output, $input, $end, $steps and $asked.",
);
const says = z.string().optional().describe("What the check is for; shown where it fails.");
const step = z.string().min(1).optional().describe("Of this step only.");
const steps = z.array(z.string().min(1));

/** A share as a number from 0 to 1, written `95%`. */
export const Share = z
  .string()
  .regex(/^(100|\d{1,2}(\.\d{1,2})?)%$/, "Write a percentage such as 95%.")
  .transform((text) => Number.parseFloat(text) / 100);

/** An amount, or a share of what is expected. */
const Tolerance = z.union([z.number().min(0), Share.transform((share) => ({ share }))]);

export const Check = z.discriminatedUnion("check", [
  z.strictObject({ check: z.literal("exact"), is: Value, of, says }),
  z.strictObject({ check: z.literal("predicate"), holds: Expression, says }),
  z.strictObject({
    check: z.literal("schema"),
    schema: bundlePath(["yaml", "yml", "json"]).describe(
      "JSON Schema: a file of the bundle's folder.",
    ),
    ...{ of, says },
  }),
  z.strictObject({
    check: z.literal("number"),
    is: z.number(),
    within: Tolerance.default(0).describe("More or less: 0.05, or 5% of what is expected."),
    ...{ of, says },
  }),
  z.strictObject({
    check: z.literal("end"),
    status: z.enum(["SUCCEEDED", "FAILED"]),
    error: z.string().min(1).optional(),
    says,
  }),
  z.strictObject({
    check: z.literal("path"),
    enters: steps.default([]).describe("Steps or states that are entered."),
    skips: steps.default([]).describe("Steps or states that are not."),
    says,
  }),
  z.strictObject({
    check: z.literal("calls"),
    none: steps
      .min(1)
      .describe("Steps that are not called, and tools (tool/NAME) that are not used."),
    says,
  }),
  z.strictObject({ check: z.literal("cost"), atMost: Cost, step, says }),
  z.strictObject({ check: z.literal("turns"), atMost: z.int().min(0), step, says }),
  z.strictObject({
    check: z.literal("judge"),
    rubric: z.string().min(1).describe("What must be true, for a model to judge."),
    votes: z.int().min(1).max(25).default(3),
    agreement: Share.prefault("60%").describe("Share of the votes that must say so."),
    ...{ of, says },
  }),
]);
export type Check = z.infer<typeof Check>;
