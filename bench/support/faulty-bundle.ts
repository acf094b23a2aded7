/** A copy of the bundle whose writer is played by the faulty stand-in, beside the shared components. */
import { cp, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const BUNDLES = resolve(import.meta.dirname, "../../bundles");

const WRITER = `import { faulty } from "./faulty.ts";
import plain from "./writer.plain.ts";

export default faulty(plain);
`;

export async function copyBundle(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), "espalier-bench-"));
  const bundles = join(parent, "bundles");
  for (const name of ["support-ticket", "components", "environments"]) {
    const filter = (path: string) => !path.includes("node_modules");
    await cp(join(BUNDLES, name), join(bundles, name), { recursive: true, filter });
  }
  const folder = join(bundles, "support-ticket");
  const writer = join(folder, "agents/writer.stand-in.ts");
  await rename(writer, join(folder, "agents/writer.plain.ts"));
  await cp(resolve(import.meta.dirname, "faulty.ts"), join(folder, "agents/faulty.ts"));
  await writeFile(writer, WRITER);
  return { folder, remove: () => rm(parent, { recursive: true, force: true, maxRetries: 10 }) };
}
