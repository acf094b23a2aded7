/** `bundles/NAME/scenarios/CASE/scenario.yaml`: a case that a bundle has to get right. */
import { z } from "zod";
import { issue } from "../issue.ts";
import { quoted } from "../quoted.ts";
import { type Json, staysInside } from "../values.ts";
import { Check } from "./check.ts";

const NAME_RULE =
  "Lower-case letters, digits and dashes, a letter or digit first; at most 60 in all.";

/** As its folder is named. */
export const ScenarioName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, `Write a name: ${NAME_RULE}`);

/** A file in the scenario's folder. */
export const FileBeside = z
  .string()
  .describe("A file in the scenario's folder.")
  .check((ctx) => {
    if (staysInside(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP702",
        message: `${quoted(ctx.value)} is not a path inside the scenario's folder`,
        hint: "Use a relative path with forward slashes and without ., .. or empty parts: input.json.",
      }),
    );
  });

/** Any JSON: `{ $json: FILE }` in it stands for what is in that file, `{ $file: FILE }` for an artifact. */
export const Given = z
  .custom<Json>((value) => value !== undefined)
  .describe(
    "Any JSON; { $json: FILE } is what is in that file, { $file: FILE } an artifact of it.",
  );

const Mapping = z.custom<{ [key: string]: Json }>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

const Place = {
  step: z.string().min(1).describe("Id of the step that asks."),
  iteration: z
    .string()
    .regex(
      /^\d+(\.\d+)*$/,
      "Write the number of the iteration, such as 0, or 1.0 in a map of a map.",
    )
    .optional()
    .describe("Position in the maps and repeats around it; absent: any."),
};

const Failure = z.strictObject({
  name: z.string().min(1).describe("As in `catch`: Model.Throttled."),
  message: z.string().default(""),
});

const Decision = z.strictObject({
  verdict: z.enum(["approved", "rejected"]),
  by: z.string().min(1).default("scenario@example.com"),
  reason: z.string().nullable().default(null),
  category: z.string().nullable().default(null),
  edited: Given.optional().describe("The whole proposal, as the approver wants it."),
});

/** What one step is answered: exactly one of the three. */
export const GivenAnswer = z
  .strictObject({
    ...Place,
    output: Given.optional(),
    error: Failure.optional(),
    decision: Decision.optional().describe("Of an approval."),
  })
  .check((ctx) => {
    const kinds = (["output", "error", "decision"] as const).filter((key) => key in ctx.value);
    if (kinds.length === 1) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: kinds.length === 0 ? "ESP202" : "ESP201",
        message:
          kinds.length === 0
            ? `the key "output", "error" or "decision" is missing here`
            : `an answer is one of output, error and decision, found ${kinds.join(" and ")}`,
      }),
    );
  });
export type GivenAnswer = z.infer<typeof GivenAnswer>;

export const ScenarioFile = z.strictObject({
  apiVersion: z.literal("espalier/v1"),
  scenario: ScenarioName.describe("As its folder is named."),
  description: z.string().optional(),
  from: z
    .strictObject({ run: z.string().min(1), bundle: z.string().min(1), version: z.string() })
    .optional()
    .describe(
      "The run that it was captured from, and the bundle that ran; absent: written by hand.",
    ),
  input: Given.optional().describe("The run's input; absent: that of the captured run, else {}."),
  config: Mapping.optional().describe("$config; absent: the manifest's."),
  customer: z.string().optional(),
  principal: z.string().optional(),
  startedAt: z.iso
    .datetime("Write a time such as 2027-01-31T09:00:00Z.")
    .optional()
    .describe("When the run begins."),
  world: FileBeside.optional().describe("Calls and answers of the captured run."),
  masked: z
    .record(
      z.string().regex(/^\[masked:[^\]]+:\d+\]$/, "Write a token such as [masked:personal:1]."),
      z.string(),
    )
    .default({})
    .describe("Example values for what was masked in the run that was captured, by token."),
  answers: z.array(GivenAnswer).default([]).describe("They go before what was recorded."),
  checks: z.array(Check).default([]).describe("What must hold; without any, the run must succeed."),
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;
