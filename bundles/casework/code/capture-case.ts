import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StepError, step, z } from "espalier";
import { callEspalier } from "../toolsets/workshop/call-espalier.ts";
import { baseReport, scenarioOf, testCopy } from "../toolsets/workshop/candidate.ts";
import { copyBase } from "../toolsets/workshop/copies.ts";
import { openProject } from "../toolsets/workshop/project.ts";
import { Case } from "./case.ts";
import { expectationOf, expectedValue } from "./review-decision.ts";

/**
 * Makes a scenario of the case, and replays it and all others on the bundle of today. One that fails
 * already, as it must: else it would prove nothing of a change.
 */
export default step({
  input: Case,
  output: z.object({
    /** Whether the bundle of today decides as expected. */
    isRight: z.boolean(),
    /** How many other scenarios the bundle has, and how many of them it passes today. */
    others: z.int(),
    passed: z.int(),
  }),
  async run(given, { run, signal, logger }) {
    const project = await openProject(run);
    const copy = await copyBase(project, given.workflow, "captured");
    const expected = join(project.folder, "expected.json");
    await writeFile(expected, `${JSON.stringify(expectedValue(given.expected))}\n`);
    const of = expectationOf(given.component, given.expected);
    const how = ["--as", given.name, "--expect", expected, "--of", of, "--bundle", copy.bundle];
    const says = `${given.expert}: ${given.reason.replace(/\s+/g, " ").trim()}`;
    const place = { cwd: copy.root, shape: z.looseObject({}), signal };
    await callEspalier(project, ["capture", given.location, ...how, "--describe", says], place);
    const kept = scenarioOf(project, given);
    await rm(dirname(kept), { recursive: true, force: true });
    await mkdir(dirname(kept), { recursive: true });
    await cp(join(copy.bundle, "scenarios", given.name), kept, { recursive: true });

    const report = await testCopy(project, copy, signal);
    await writeFile(baseReport(project), JSON.stringify(report));
    await rm(copy.root, { recursive: true, force: true });
    const scenarios = report.suites.flatMap((suite) => suite.scenarios);
    const own = scenarios.find(({ name }) => name === given.name);
    // One that fails because it comes to no end says nothing of what was decided.
    const isDecided = own?.verdict === "failed" && own.reasons.length === 0;
    if (!own || !(isDecided || own.verdict === "passed")) {
      const why = own ? `${own.verdict}: ${own.reasons.join("; ")}` : "not there";
      throw new StepError("Case.NotReproduced", `The case cannot be replayed today; it is ${why}`);
    }
    const others = scenarios.filter((each) => each !== own);
    const passed = others.filter(({ verdict }) => verdict === "passed").length;
    const isRight = own.verdict === "passed";
    logger.info("captured a case", { name: given.name, isRight, others: others.length });
    return { isRight, others: others.length, passed };
  },
});
