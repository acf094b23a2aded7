/** A changed copy of the bundle, and what its scenarios say of it. */
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readListed } from "./bundle-files.ts";
import { callEspalier, Refusal } from "./call-espalier.ts";
import type { ChangeRules } from "./change-rules.ts";
import { baseOf, type Copy, copyBase } from "./copies.ts";
import { applyEdits, type Edit } from "./edits.ts";
import type { Project } from "./project.ts";
import { compareTests, TestDocument, type Tested } from "./test-report.ts";

export interface CaseOf {
  /** Of the case's scenario. */
  readonly name: string;
  readonly workflow: string;
}

export type Made =
  | { readonly ok: true; readonly copy: Copy; readonly changed: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Where the case's scenario is kept until it is proposed. */
export function scenarioOf(project: Project, { name }: CaseOf): string {
  return join(project.folder, "scenario", name);
}

/** A copy of the bundle with the case's scenario and the edits in it; or why they cannot be made. */
export async function makeCandidate(
  project: Project,
  of: CaseOf,
  edits: readonly Edit[],
  rules: ChangeRules,
  name: string,
): Promise<Made> {
  const base = baseOf(project, of.workflow);
  const edited = await applyEdits(edits, rules, (path) => readListed(base.bundle, path));
  if (!edited.ok) return edited;
  const copy = await copyBase(project, of.workflow, name);
  for (const [path, text] of edited.files) {
    const file = join(copy.bundle, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const scenario = join(copy.bundle, "scenarios", of.name);
  await cp(scenarioOf(project, of), scenario, { recursive: true });
  return { ok: true, copy, changed: [...edited.files.keys()].sort() };
}

/** Runs all scenarios of a copy. Throws `Refusal` where it does not compile. */
export async function testCopy(
  project: Project,
  copy: Copy,
  signal: AbortSignal,
): Promise<TestDocument> {
  const place = { cwd: copy.root, shape: TestDocument, signal };
  return callEspalier(project, ["test", `bundles/${copy.workflow}`], place);
}

/** Runs all scenarios of a changed copy, and compares with the report that was kept of the base. */
export async function testCandidate(
  project: Project,
  of: CaseOf,
  copy: Copy,
  signal: AbortSignal,
): Promise<
  | { readonly problems: readonly string[] }
  | { readonly tested: Tested; readonly report: TestDocument }
> {
  const before = await readReport(baseReport(project));
  try {
    const report = await testCopy(project, copy, signal);
    return { tested: compareTests(before, report, of.name), report };
  } catch (error) {
    // What cannot be compiled cannot be tested: that is for whoever has proposed it to mend.
    if (error instanceof Refusal) return { problems: error.problems };
    throw error;
  }
}

/** Where steps leave files for later ones. */
export const baseReport = ({ folder }: Project) => join(folder, "base.tests.json");
export const candidateReport = ({ folder }: Project) => join(folder, "candidate.tests.json");
/** The output of the run that was wrong. */
export const recordedOutput = ({ folder }: Project) => join(folder, "recorded.json");

export async function readReport(file: string): Promise<TestDocument> {
  return TestDocument.parse(JSON.parse(await readFile(file, "utf8")));
}

/** Whether the scenario's name is free in the project. */
export function isFree(project: Project, { name, workflow }: CaseOf): boolean {
  return !existsSync(join(project.root, "bundles", workflow, "scenarios", name));
}
