/** What a run of license-review has decided on one component, as far as casework speaks of it. */
import { StepError, z } from "espalier";

export const Verdict = z.enum(["allowed", "denied", "unclear"]);

export const Decision = z.object({
  component: z.string(),
  purl: z.string().nullable(),
  scope: z.string().nullable(),
  verdict: Verdict,
  licence: z.string(),
  reason: z.string(),
  evidence: z.array(z.json()),
  claim: z.json(),
});
export type Decision = z.infer<typeof Decision>;

export const Expected = z.object({ verdict: Verdict, licence: z.string().optional() });
export type Expected = z.infer<typeof Expected>;

const Report = z.object({ decisions: z.array(Decision) });
const Stored = z.object({ decisions: z.object({ $stored: z.string() }) });

/** By component. Throws `Case.NotReadable` where the output is none of license-review, or too large for it. */
export function decisionsIn(output: unknown): ReadonlyMap<string, Decision> {
  const report = Report.safeParse(output);
  if (report.success) return new Map(report.data.decisions.map((each) => [each.component, each]));
  throw new StepError(
    "Case.NotReadable",
    Stored.safeParse(output).success
      ? "The run's decisions are more than 200 KiB, which expectations cannot look into. Run the review on an SBOM with fewer components, this one among them."
      : "The run's output has no decisions on components: is it one of license-review?",
  );
}

export function isAsExpected({ verdict, licence }: Decision, expected: Expected): boolean {
  return (
    verdict === expected.verdict && (expected.licence === undefined || expected.licence === licence)
  );
}

/** What the scenario looks at: JSONata over the run's output. */
export function expectationOf(component: string, { licence }: Expected): string {
  // A text in JSON is one in JSONata, too.
  const decision = `$output.decisions[component = ${JSON.stringify(component)}]`;
  return licence === undefined
    ? `{% ${decision}.verdict %}`
    : `{% ${decision}.{ "verdict": verdict, "licence": licence } %}`;
}

/** What stands there, once it is right. */
export function expectedValue({ verdict, licence }: Expected) {
  return licence === undefined ? verdict : { verdict, licence };
}
