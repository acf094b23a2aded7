import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { step, z } from "espalier";
import { givenCase } from "./assignment.ts";
import { makeCandidate, testCandidate } from "./candidate.ts";
import { RULES_FILE, readRules } from "./change-rules.ts";
import { Edits } from "./edits.ts";
import { openProject } from "./project.ts";
import { Compared, problemsOf } from "./test-report.ts";

export default step({
  input: z.strictObject({ edits: Edits }),
  output: z.object({
    /** Whether they could be proposed as they are. */
    ok: z.boolean(),
    problems: z.array(z.string()),
    case: Compared.nullable(),
    worse: z.array(Compared),
    better: z.array(Compared),
    /** Scenarios besides that of the case. */
    others: z.int(),
  }),
  async run({ edits }, { given, run, file, signal }) {
    const project = await openProject(run);
    const of = givenCase(given);
    const rules = readRules(await file(RULES_FILE).text());
    // An agent may try several things at once.
    const trial = `trial-${randomUUID()}`;
    try {
      const made = await makeCandidate(project, of, edits, rules, trial);
      if (!made.ok) return refused(made.problems);
      const result = await testCandidate(project, of, made.copy, signal);
      if ("problems" in result) return refused(result.problems);
      const { case: own, worse, better, others } = result.tested;
      const problems = problemsOf(result.tested);
      return { ok: problems.length === 0, problems, case: own, worse, better, others };
    } finally {
      await rm(join(project.folder, trial), { recursive: true, force: true });
    }
  },
});

function refused(problems: readonly string[]) {
  const nothing = { case: null, worse: [], better: [], others: 0 };
  return {
    ok: false,
    problems: problems.map((text) => text.slice(0, 1000)).slice(0, 20),
    ...nothing,
  };
}
