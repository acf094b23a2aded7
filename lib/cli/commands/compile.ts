import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PlanExplanation } from "../../compiler/index.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { compileBundle } from "../bundles/compile-bundle.ts";
import { printPlan } from "../bundles/plan-text.ts";
import { selectBundles } from "../bundles/select-bundles.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { isSystemError } from "../failure.ts";
import { oneLine } from "../runs/step-text.ts";
import { firstDifference } from "../text/first-difference.ts";

const FOLDER = "statemachines";
const SUFFIX = ".asl.json";

export const compile = defineCommand({
  name: "compile",
  summary: "Compile bundles to state machines under ./statemachines",
  details:
    "The compiled definitions are committed, so that a review sees what a change of a manifest does.",
  arguments: [["[bundle...]", "names under ./bundles, or paths (default: all under ./bundles)"]],
  options: [{ flags: "--check", description: "write nothing; fail if a compiled file is stale" }],
  examples: [
    { command: "espalier compile", says: "write what has changed" },
    { command: "espalier compile --check", says: "in CI: is everything up to date?" },
  ],
  shape: {
    args: z.tuple([z.array(z.string())]),
    options: z.object({ check: z.boolean().default(false) }),
  },
  async perform(invocation, [names], { check }) {
    const { io } = invocation;
    const { explainPlan, renderDefinition } = await import("../../compiler/index.ts");
    const machines = [];
    for (const folder of selectBundles(names, io.cwd)) {
      const { plan } = (await compileBundle(invocation, folder)).deployment;
      machines.push({
        explanation: explainPlan(plan),
        text: renderDefinition(plan),
        file: `${FOLDER}/${plan.workflow}${SUFFIX}`,
      });
    }
    // Written only once all have compiled: half a set would not fit together.
    const files: CompiledFile[] = [];
    for (const machine of machines) {
      files.push(await compareOrWrite(machine, io.cwd, check));
    }
    const orphans = names.length === 0 ? await orphansOf(machines, io.cwd) : [];
    report(invocation, machines, files, orphans, check);
    const stale = files.some(({ state }) => state === "stale" || state === "missing");
    return {
      exitCode: check && (stale || orphans.length > 0) ? 1 : 0,
      document: {
        machines: machines.map(({ explanation, file }, index) => ({
          file,
          state: files[index]?.state ?? "unchanged",
          firstDifference: differenceDocument(files[index]?.difference),
          ...planDocument(explanation),
        })),
        orphans,
      },
    };
  },
});

interface Machine {
  readonly explanation: PlanExplanation;
  readonly text: string;
  /** Relative to the working folder. */
  readonly file: string;
}

interface CompiledFile {
  readonly file: string;
  readonly state: "unchanged" | "written" | "stale" | "missing";
  readonly difference: ReturnType<typeof firstDifference>;
}

async function compareOrWrite(
  { file, text }: Machine,
  cwd: string,
  check: boolean,
): Promise<CompiledFile> {
  const path = join(cwd, file);
  const found = await readIfThere(path);
  const difference = firstDifference(found ?? "", text);
  if (difference === undefined) {
    return { file, state: "unchanged", difference };
  }
  if (check) {
    return { file, state: found === undefined ? "missing" : "stale", difference };
  }
  await mkdir(join(cwd, FOLDER), { recursive: true });
  await writeFile(path, text);
  return { file, state: "written", difference };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Compiled files whose bundle is gone. */
async function orphansOf(machines: readonly Machine[], cwd: string): Promise<string[]> {
  const known = new Set(machines.map(({ file }) => file));
  const entries = await readdir(join(cwd, FOLDER)).catch((): string[] => []);
  return entries
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => `${FOLDER}/${name}`)
    .filter((file) => !known.has(file))
    .sort();
}

function report(
  invocation: Invocation,
  machines: readonly Machine[],
  files: readonly CompiledFile[],
  orphans: readonly string[],
  check: boolean,
): void {
  const { out } = invocation;
  const { color } = out;
  for (const [index, { explanation }] of machines.entries()) {
    if (!check) {
      printPlan(out, explanation);
    }
    const { file, state, difference } = files[index] ?? { file: "", state: "unchanged" };
    if (state === "unchanged" || state === "written") {
      out.line(`${color.green(state)}  ${file}`);
      continue;
    }
    out.line(`${color.red(state)}  ${file}`);
    if (state === "stale" && difference !== undefined) {
      const width = out.width - 12;
      out.line(`  first difference in line ${difference.line}`);
      out.line(`    file:     ${oneLine(difference.found ?? "(ends here)", width - 4)}`);
      out.line(`    compiled: ${oneLine(difference.expected ?? "(ends here)", width - 4)}`);
    }
  }
  for (const orphan of orphans) {
    out.line(`${color.yellow("orphan")}  ${orphan} belongs to no bundle`);
  }
  const stale = files.some(({ state }) => state === "stale" || state === "missing");
  if (check && stale) {
    out.line("Run espalier compile, read the difference, and commit it.");
  }
  if (orphans.length > 0) {
    out.line("Remove what belongs to no bundle.");
  }
}

function differenceDocument(difference: CompiledFile["difference"]) {
  return difference === undefined
    ? null
    : {
        line: difference.line,
        found: difference.found ?? null,
        expected: difference.expected ?? null,
      };
}

function planDocument(plan: PlanExplanation): JsonObject {
  return {
    ...plan,
    riding: [...plan.riding],
    functions: plan.functions.map((each) => ({ ...each, permissions: [...each.permissions] })),
    approvals: plan.approvals as unknown as JsonObject[],
    integrations: [...plan.integrations],
  };
}
