import { writeFile } from "node:fs/promises";
import { step, z } from "espalier";
import { callEspalier, Refusal } from "../toolsets/workshop/call-espalier.ts";
import { candidateReport, makeCandidate, testCandidate } from "../toolsets/workshop/candidate.ts";
import { RULES_FILE, readRules } from "../toolsets/workshop/change-rules.ts";
import { Edits } from "../toolsets/workshop/edits.ts";
import { openProject } from "../toolsets/workshop/project.ts";
import { problemsOf, Tested } from "../toolsets/workshop/test-report.ts";
import { Case } from "./case.ts";
import { bumpVersions } from "./change/bump-versions.ts";
import { isOfComponent, lockCopy } from "./change/lock-copy.ts";

const Proposal = z.object({ explanation: z.string(), edits: Edits });

/**
 * Makes the candidate that would be proposed, with versions and lock, and tests it: the agent's word
 * that it has tried it counts for nothing.
 */
export default step({
  input: z.object({ case: Case, proposal: z.union([Proposal, z.object({ failed: z.string() })]) }),
  output: z.object({
    ok: z.boolean(),
    /** For the next round, and for the person if there is none. */
    problems: z.array(z.string()),
    explanation: z.string().nullable(),
    /** Files of the bundle that the proposal changes. */
    changed: z.array(z.string()),
    /** Parts of the bundle that are others now, in words. */
    changes: z.array(z.string()),
    bumps: z.array(z.object({ what: z.string(), from: z.string(), to: z.string() })),
    tested: Tested.nullable(),
  }),
  async run({ case: of, proposal }, { run, file, signal, logger }) {
    if ("failed" in proposal) {
      return refused(null, [`The agent came to no end: ${proposal.failed}`]);
    }
    const { explanation, edits } = proposal;
    if (edits.length === 0) return refused(explanation, ["The agent proposes no change."]);
    const project = await openProject(run);
    const rules = readRules(await file(RULES_FILE).text());
    const made = await makeCandidate(project, of, edits, rules, "candidate");
    if (!made.ok) return refused(explanation, made.problems);
    const { copy, changed } = made;
    const bumps = await bumpVersions(copy.bundle, changed, rules);
    const locking = lockCopy(project, copy, bumps, signal);
    const place = { cwd: copy.root, shape: z.looseObject({}), signal };
    let changes: string[];
    let result: Awaited<ReturnType<typeof testCandidate>>;
    try {
      // The lock chooses versions of components; else nothing that is tested depends on it.
      if (bumps.some(isOfComponent)) await locking;
      [changes, result] = await allOf([
        locking,
        testCandidate(project, of, copy, signal),
        callEspalier(project, ["compile", `bundles/${copy.workflow}`], place),
      ]);
    } catch (error) {
      if (error instanceof Refusal) return refused(explanation, error.problems);
      throw error;
    }
    if ("problems" in result) return refused(explanation, result.problems);
    await writeFile(candidateReport(project), JSON.stringify(result.report));
    const problems = problemsOf(result.tested);
    logger.info("tested a proposal", { case: of.name, problems: problems.length });
    const ok = problems.length === 0;
    return {
      ok,
      problems,
      explanation,
      changed: [...changed],
      changes,
      bumps,
      tested: result.tested,
    };
  },
});

/** As `Promise.all`, but the others have ended when it rejects: they work in a folder that goes. */
async function allOf<T extends readonly unknown[]>(
  work: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as unknown as T;
}

function refused(explanation: string | null, problems: readonly string[]) {
  const short = problems.map((text) => text.slice(0, 1000)).slice(0, 20);
  return {
    ok: false,
    problems: short,
    explanation,
    changed: [],
    changes: [],
    bumps: [],
    tested: null,
  };
}
