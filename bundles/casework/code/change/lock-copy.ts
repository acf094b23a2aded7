import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "espalier";
import { callEspalier } from "../../toolsets/workshop/call-espalier.ts";
import type { Copy } from "../../toolsets/workshop/copies.ts";
import type { Project } from "../../toolsets/workshop/project.ts";
import type { Bump } from "./bump-versions.ts";

const Locked = z.object({ bundles: z.array(z.object({ changes: z.array(z.string()) })) });

/**
 * Writes the lock of a changed copy, with the new versions of its components in it: those that are
 * published are published anew. Returns what is another than in the lock before, part by part, in words.
 * Throws `Refusal` with all that `espalier check` finds where the copy does not compile.
 */
export async function lockCopy(
  project: Project,
  { root, bundle, workflow }: Copy,
  bumps: readonly Bump[],
  signal: AbortSignal,
): Promise<string[]> {
  const place = { cwd: root, signal };
  const changes = new Set<string>();
  const lock = async (...options: string[]) => {
    const args = ["lock", `bundles/${workflow}`, ...options] as const;
    const { bundles } = await callEspalier(project, args, { ...place, shape: Locked });
    for (const each of bundles.flatMap((one) => one.changes)) changes.add(each);
  };
  const components = bumps.filter(isOfComponent);
  for (const { what: component } of components) {
    if (existsSync(join(bundle, "versions", component))) {
      const named = `bundles/${workflow}/${component}`;
      await callEspalier(project, ["publish", named], { ...place, shape: z.looseObject({}) });
    }
    await lock("--update", component);
  }
  if (components.length === 0) await lock();
  // The version, which stands among the bumps.
  return [...changes].filter((words) => !/^(?:workflow "version"|version is) /.test(words));
}

/** Of a component of the bundle's own, and not of the bundle. */
export function isOfComponent({ what }: Bump): boolean {
  return what.includes("/");
}
