/** What the case's run decided, what it would today, and what it would with the change. */
import { type Json, z } from "espalier";
import type { Case } from "../case.ts";
import { Decision, decisionsIn } from "../review-decision.ts";

const Brief = Decision.pick({ verdict: true, licence: true, reason: true });

export const Comparison = z.object({
  component: z.string(),
  /** Null: no decision on the component. */
  old: Brief.nullable(),
  today: Brief.nullable(),
  proposed: Brief.nullable(),
  expected: z.object({ verdict: z.string(), licence: z.string().optional() }),
  /** Other components of that run on which the change decides otherwise than today. */
  alsoChanged: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;

/** `today` and `proposed`: outputs of the case's run on the two bundles. */
export function compareDecisions(of: Case, today: Json, proposed: Json): Comparison {
  const [was, is] = [decisionsIn(today), decisionsIn(proposed)];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const briefOf = (decision: Decision | null | undefined) =>
    decision ? Brief.parse(decision) : null;
  const text = (decision: Decision | undefined) =>
    decision ? `${decision.verdict} (${decision.licence})` : "no decision";
  return {
    component: of.component,
    old: briefOf(of.recorded),
    today: briefOf(was.get(of.component)),
    proposed: briefOf(is.get(of.component)),
    expected: of.expected,
    alsoChanged: names
      .filter((name) => name !== of.component && text(was.get(name)) !== text(is.get(name)))
      .map((name) => `${name}: ${text(was.get(name))} → ${text(is.get(name))}`)
      .slice(0, 50),
  };
}

const Counts = z.object({ allowed: z.int(), denied: z.int(), unclear: z.int() }).loose();
const Output = z.looseObject({ counts: Counts, decisions: z.array(Decision.loose()) });

/**
 * The whole output of the run as the expert would have it. Of the component the verdict (and licence) is
 * the expected one; of its reason and its evidence the expert has said nothing, so the change's stand
 * there. Everything else stays as it was.
 */
export function expectedOutput(of: Case, recorded: Json, proposed: Json): Json {
  const [output, other] = [Output.parse(recorded), Output.parse(proposed)];
  const found = other.decisions.find(({ component }) => component === of.component);
  const counts = { ...output.counts };
  counts[of.recorded.verdict] -= 1;
  counts[of.expected.verdict] += 1;
  const decisions = output.decisions.map((decision) =>
    decision.component === of.component ? { ...decision, ...found, ...of.expected } : decision,
  );
  return { ...output, counts, decisions } as Json;
}
