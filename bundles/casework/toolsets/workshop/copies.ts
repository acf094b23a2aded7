/** The two copies of a project that a run of casework works on: as it was found, and changed. */
import { existsSync, lstatSync, realpathSync } from "node:fs";
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { StepError } from "espalier";
import type { Project } from "./project.ts";

/** A folder in which `espalier` works as in the project: one bundle, and what all bundles share. */
export interface Copy {
  readonly root: string;
  /** The bundle's folder in it. */
  readonly bundle: string;
  readonly workflow: string;
}

/** Names of bundles as manifests allow them; so they are safe in a path. */
const WORKFLOW = /^[a-z][a-z0-9-]{0,40}$/;

/** The bundle as it was when the case was taken up. Later steps work from it, whatever changes meanwhile. */
export async function copyProject(project: Project, workflow: string): Promise<Copy> {
  const copy = baseOf(project, workflow);
  if (!existsSync(join(project.root, "bundles", workflow, "workflow.yaml"))) {
    throw new StepError("Case.BundleNotFound", `There is no bundles/${workflow} in this project.`);
  }
  await remake(copy.root);
  const shared = ["components", "versions", "environments"].map((name) => `bundles/${name}`);
  const own = [`bundles/${workflow}`, `statemachines/${workflow}.asl.json`];
  for (const part of [...shared, ...own]) {
    await copyTree(join(project.root, part), join(copy.root, part));
  }
  await symlink(realpathSync(project.modules), join(copy.root, "node_modules"), "dir");
  const modules = join(project.root, "bundles", workflow, "node_modules");
  if (existsSync(modules)) {
    await symlink(realpathSync(modules), join(copy.bundle, "node_modules"), "dir");
  }
  return copy;
}

export function baseOf(project: Project, workflow: string): Copy {
  return copyAt(join(project.folder, "base"), workflow);
}

/** A copy of the copy, to be changed, in a folder of the run; one that is there already is replaced. */
export async function copyBase(project: Project, workflow: string, name: string): Promise<Copy> {
  const [base, copy] = [baseOf(project, workflow), copyAt(join(project.folder, name), workflow)];
  await remake(copy.root);
  await cp(base.root, copy.root, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** The copy that would be proposed, as `judge` has left it. */
export function candidateOf(project: Project, workflow: string): Copy {
  return copyAt(join(project.folder, "candidate"), workflow);
}

function copyAt(root: string, workflow: string): Copy {
  if (!WORKFLOW.test(workflow)) {
    throw new StepError("Case.BundleNotFound", `${JSON.stringify(workflow)} is no workflow.`);
  }
  return { root, bundle: join(root, "bundles", workflow), workflow };
}

async function remake(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** Without packages, hidden files, and links: what is written into a copy leads nowhere else. */
async function copyTree(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(dirname(to), { recursive: true });
  const source = realpathSync(from);
  const isHidden = (name: string) => name === "node_modules" || name.startsWith(".");
  await cp(source, to, {
    recursive: true,
    filter: (path) =>
      !relative(source, path).split(sep).some(isHidden) && !lstatSync(path).isSymbolicLink(),
  });
}
