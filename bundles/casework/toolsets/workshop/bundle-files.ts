/** The files of a bundle that an agent may read. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

export interface BundleFile {
  readonly path: string;
  readonly bytes: number;
}

/** Recorded worlds and fixtures are long, and no reason for a result. */
const PASSED_OVER = [/^test\//, /^scenarios\/[^/]+\/(?!scenario\.yaml$)/, /\.gz$/];

/** Sorted by path. No hidden files, links, packages, tests, or recordings of scenarios. */
export async function listBundle(folder: string): Promise<BundleFile[]> {
  const found: BundleFile[] = [];
  const visit = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const inside = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) await visit(inside);
      else if (entry.isFile() && !PASSED_OVER.some((pattern) => pattern.test(inside))) {
        found.push({ path: inside, bytes: (await stat(join(folder, inside))).size });
      }
    }
  };
  await visit("");
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The text of a listed file; undefined if it is not listed, or is no text. */
export async function readListed(folder: string, path: string): Promise<string | undefined> {
  if (!(await listBundle(folder)).some((file) => file.path === path)) return undefined;
  const bytes = await readFile(join(folder, path));
  return bytes.includes(0) ? undefined : bytes.toString("utf8");
}
