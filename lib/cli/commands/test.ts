import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { displayPath } from "../../manifest/read-source.ts";
import type { SuiteResult, TestReport } from "../../replay/scenarios/report.ts";
import type { Json } from "../../runtime/json.ts";
import { selectBundles } from "../bundles/select-bundles.ts";
import { defineCommand } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { storeTest } from "../scenarios/stored-test.ts";
import { testFolder } from "../scenarios/test-folder.ts";
import { suiteText } from "../scenarios/test-text.ts";

export const test = defineCommand({
  name: "test",
  summary: "Run the scenarios of bundles, offline, and say whether they hold",
  details:
    "Each scenario is an input, the world around it, and what must come of it; it runs on the bundle as it is in the working folder. Code without effect runs, everything else is answered by the scenario. Exit code 0: every threshold of every suite is met. The result is kept in the data folder, by the digest of the bundle.",
  arguments: [
    ["[bundle...]", "names under ./bundles, or paths (default: all that have scenarios)"],
  ],
  options: [
    { flags: "--generate", description: "also on inputs at the edges of the input's contract" },
    { flags: "--repeat <n>", description: "run each n times, to find those that are flaky" },
    {
      flags: "--since <what>",
      description: "what got better or worse: a digest, a committed lock file, a git revision",
    },
    { flags: "--junit <file>", description: "write JUnit XML, for CI" },
    { flags: "--live", description: "ask models and judges what nobody has answered" },
    { flags: "--budget <amount>", description: "with --live: what that may cost, as 0.50" },
  ],
  examples: [
    { command: "espalier test", says: "all scenarios of all bundles" },
    {
      command: "espalier test license-review --since main",
      says: "what this branch mends or breaks",
    },
    { command: "espalier test --generate --repeat 5 --junit test.xml", says: "for CI, at night" },
  ],
  shape: {
    args: z.tuple([z.array(z.string())]),
    options: z.object({
      generate: z.boolean().default(false),
      repeat: z.coerce.number().int().min(1).max(1000).default(1),
      since: z.string().min(1).optional(),
      junit: z.string().min(1).optional(),
      live: z.boolean().default(false),
      budget: z
        .string()
        .regex(/^\d{1,6}(\.\d{1,4})?$/, { error: "expected an amount, such as 0.50" })
        .optional(),
    }),
  },
  async perform(invocation, [names], { junit, budget, ...options }) {
    if (budget !== undefined && !options.live) {
      throw usageFailure("--budget limits --live", "Add --live.");
    }
    const { io, out, dataDir } = invocation;
    const selected = selectBundles(names, io.cwd);
    const folders = selected.filter((folder) => existsSync(join(folder, "scenarios")));
    const [without] = selected.filter((folder) => !folders.includes(folder));
    if (folders.length === 0 || (names.length > 0 && without !== undefined)) {
      const where = without === undefined ? "here" : `in ${displayPath(without, io.cwd)}`;
      throw new Failure("NoScenarios", `There are no scenarios ${where}: no folder scenarios/`, {
        hint: `Capture a run: ${invocation.suggest("capture RUN --as NAME --expect-old")}`,
      });
    }
    const limit = budget === undefined ? undefined : Math.round(Number(budget) * 1e6);
    const suites: SuiteResult[] = [];
    for (const folder of folders) {
      const suite = await testFolder(invocation, folder, { ...options, budget: limit });
      await storeTest(dataDir, suite, new Date());
      if (suites.length > 0) out.line();
      out.lines(suiteText(suite, out));
      suites.push(suite);
    }
    const report: TestReport = { format: 1, isMet: suites.every(({ isMet }) => isMet), suites };
    if (junit !== undefined) {
      const { junitXml } = await import("../../replay/scenarios/junit.ts");
      const file = resolve(io.cwd, junit);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, junitXml(report));
    }
    return { exitCode: report.isMet ? 0 : 1, document: JSON.parse(JSON.stringify(report)) as Json };
  },
});
