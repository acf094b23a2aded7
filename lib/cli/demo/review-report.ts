import { z } from "zod";
import type { Control, RunDetail } from "../../runtime/control.ts";
import { Failure } from "../failure.ts";

const Artifact = z.object({ $artifact: z.string(), name: z.string().optional() });

/** The part of `license-review`'s output that the demo speaks of. */
const Output = z.object({
  subject: z.string(),
  counts: z.object({
    components: z.number(),
    allowed: z.number(),
    denied: z.number(),
    unclear: z.number(),
  }),
  approval: z.object({ by: z.string(), at: z.string(), reason: z.string().nullable() }),
  artifacts: z.record(z.string(), Artifact),
});

/** The written report; in the output itself its decisions may stand as a reference. */
const Report = z.object({
  decisions: z.array(
    z.object({
      component: z.string(),
      verdict: z.enum(["allowed", "denied", "unclear"]),
      licence: z.string(),
      reason: z.string(),
      /** What an agent said of it, and whether code could confirm that. */
      claim: z
        .object({
          expression: z.string().nullable(),
          quote: z.string(),
          path: z.string().nullable(),
          isVerified: z.boolean(),
          why: z.string(),
        })
        .nullable(),
    }),
  ),
});

export type ReviewReport = Omit<z.infer<typeof Output>, "artifacts"> & z.infer<typeof Report>;

export interface ReviewFiles {
  readonly report: ReviewReport;
  /** By the names that the workflow gave them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Fetches what a finished licence review has written. */
export async function readReview(control: Control, run: RunDetail): Promise<ReviewFiles> {
  const { artifacts, ...output } = Output.parse(run.output);
  const files = new Map<string, Uint8Array>();
  for (const [key, { $artifact, name }] of Object.entries(artifacts)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of control.openArtifact($artifact)) {
      chunks.push(chunk);
    }
    files.set(name ?? key, Buffer.concat(chunks));
  }
  const written = files.get(artifacts.report?.name ?? "report");
  if (written === undefined) {
    throw new Failure("ReportMissing", "The review has written no report");
  }
  const { decisions } = Report.parse(JSON.parse(Buffer.from(written).toString("utf8")));
  return { report: { ...output, decisions }, files };
}
