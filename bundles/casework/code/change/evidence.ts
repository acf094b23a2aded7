/** What an approver is shown, under the names that pages lay out (docs/approvals.md). */
import type { JsonObject } from "espalier";
import type { Proposal } from "./proposal-text.ts";

/** `edits`: the part of the patch that the agent has written; `page`: the file of the three-way diff. */
export function evidenceOf(proposal: Proposal, edits: string, page: string): JsonObject {
  const { case: of, comparison, tested, bumps, changed, changes } = proposal;
  const { explanation, answeredBy, spent } = proposal;
  const { verdict, licence = null } = of.expected;
  const expected = { verdict, licence };
  const warnings = [
    ...comparison.alsoChanged.map((words) => `also decides otherwise in that run: ${words}`),
    ...changed
      .filter((file) => file.startsWith("code/"))
      .map((file) => `${file} is code that an agent wrote; the tests have run it on this machine`),
    ...(tested.others === 0
      ? ["the bundle has no other scenario: nothing guards against harm"]
      : []),
  ];
  return {
    proposal: {
      change: edits,
      versions: bumps.map(({ what, from, to }) => `${what} ${from} → ${to}`),
      also: `the scenario ${of.name}, the lock, and the compiled state machine`,
    },
    agent: { agent: "mender", reasons: explanation, answeredBy, spend: { spent } },
    flags: warnings.map((text) => ({ level: "warning", text, source: "casework" })),
    expected: { ...expected, by: of.expert, because: of.reason },
    decision: {
      "that run": comparison.old,
      today: comparison.today,
      "with this change": comparison.proposed,
    },
    tests: {
      case: `${tested.case.before ?? "new"} → ${tested.case.now}`,
      others: tested.others,
      worse: tested.worse.map(({ name }) => name),
      better: tested.better.map(({ name }) => name),
      bundle: tested.bundle,
    },
    changes,
    "three-way diff": page,
    inputs: {
      run: of.run,
      component: of.component,
      expected,
      reason: of.reason,
    },
  };
}
