/** Where a run of casework works: the project that it mends, and a folder of its own beside it. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type RunIdentity, StepError, z } from "espalier";

export interface Project {
  /** The folder with `bundles/`: the one that the runtime was started in. */
  readonly root: string;
  /** The data folder of the runtime: where the run is that was wrong. */
  readonly data: string;
  /** Folder of this run of casework, under the data folder. Nothing is written anywhere else. */
  readonly folder: string;
  /** The project's `node_modules`. */
  readonly modules: string;
  /** The command line of the Espalier that the project uses. */
  readonly cli: string;
}

const Package = z.object({ bin: z.object({ espalier: z.string() }) });

/**
 * Throws `Casework.NoProject` where there is no project to mend: in a deployed function, for instance.
 * `data` is what the local runtime tells its functions.
 */
export async function openProject(
  run: Pick<RunIdentity, "id">,
  { root = process.cwd(), data = process.env.ESPALIER_DATA }: { root?: string; data?: string } = {},
): Promise<Project> {
  if (data === undefined) {
    throw noProject("it runs on one machine only, with the project beside it");
  }
  if (!existsSync(join(root, "bundles"))) throw noProject(`${root} has no folder bundles`);
  const modules = findModules(root);
  if (modules === undefined) throw noProject(`espalier is not installed in ${root}: run npm ci`);
  const kit = join(modules, "espalier");
  const { bin } = Package.parse(JSON.parse(await readFile(join(kit, "package.json"), "utf8")));
  const folder = join(data, "casework", run.id);
  return { root, data, folder, modules, cli: join(kit, bin.espalier) };
}

function noProject(why: string): StepError {
  return new StepError(
    "Casework.NoProject",
    `Casework mends the bundles of the project that it is started in, and ${why}.`,
  );
}

/** The nearest one that has Espalier in it, from the project's folder upwards. */
function findModules(root: string): string | undefined {
  for (let folder = resolve(root); ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (existsSync(join(modules, "espalier", "package.json"))) return modules;
    if (dirname(folder) === folder) return undefined;
  }
}
