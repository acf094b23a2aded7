/** The case, as the steps hand it on. */
import { z } from "espalier";
import { Decision, Expected } from "./review-decision.ts";

export const CaseInput = z.object({
  run: z.string(),
  component: z.string(),
  expected: Expected,
  reason: z.string(),
});

export const Case = CaseInput.extend({
  /** Of its scenario. */
  name: z.string(),
  /** Whose bundle is to be mended. */
  workflow: z.string(),
  /** Who named it: whoever asked for this run. */
  expert: z.string(),
  /** ISO date (UTC) on which the run began. */
  day: z.string(),
  /** Folder of the run: commands that only read it need no runtime. */
  location: z.string(),
  /** Digest of the bundle that the run ran. */
  bundle: z.string(),
  recorded: Decision,
});
export type Case = z.infer<typeof Case>;

/** The scenario's name: `spdx-exceptions-2-5-0-allowed`, with a number if that is taken. */
export function scenarioName(
  { component, expected }: Pick<z.infer<typeof CaseInput>, "component" | "expected">,
  isFree: (name: string) => boolean,
): string {
  const words = `${component} ${expected.verdict}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const name = words.replace(/^-|-$/g, "").slice(0, 50);
  for (let number = 1; ; number += 1) {
    const numbered = number === 1 ? name : `${name}-${number}`;
    if (isFree(numbered)) return numbered;
  }
}
