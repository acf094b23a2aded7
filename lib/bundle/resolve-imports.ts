/** How imports of handlers are resolved: the kit's own name, and what must not leave the bundle. */
import { resolve } from "node:path";
import type { Plugin } from "esbuild";
import type { CodeHome } from "./canonical-paths.ts";
import { KIT_ZOD } from "./direct-zod.ts";
import { leaves } from "./inside.ts";
import { KIT_FOLDER, kitEntries } from "./kit.ts";

/** Marks look-ups that this plugin starts itself. */
const OWN = Symbol("espalier");

/**
 * `espalier` is always this kit, also for a bundle in a folder where it is not installed; `zod` is
 * the bundle's own where it has one, else the kit's. Relative and absolute imports of the bundle's
 * files stay inside of it, those of a component inside of its folder. `root` is the real path of the
 * bundle, `homes` those of its components.
 */
export function resolveImports(root: string, homes: readonly CodeHome[] = []): Plugin {
  return {
    name: "espalier",
    setup(build) {
      const entries = kitEntries();
      build.onResolve({ filter: /^espalier($|\/)/ }, ({ path }) => {
        const file = entries.get(path);
        if (file !== undefined) return { path: file };
        const known = [...entries.keys()].join(", ");
        return {
          errors: [{ text: `"${path}" is not for handlers; they may import ${known}` }],
        };
      });
      build.onResolve({ filter: new RegExp(`^${KIT_ZOD}$`) }, ({ kind }) =>
        build.resolve("zod", { kind, resolveDir: KIT_FOLDER, pluginData: OWN }),
      );
      build.onResolve({ filter: /^zod($|\/)/ }, async (args) => {
        if (args.pluginData === OWN) return undefined;
        const { kind, resolveDir, importer, path } = args;
        const own = await build.resolve(path, { kind, resolveDir, importer, pluginData: OWN });
        if (own.errors.length === 0) return own;
        return build.resolve(path, { kind, resolveDir: KIT_FOLDER, pluginData: OWN });
      });
      build.onResolve(
        { filter: /^(\.\.?[/\\].*)?\.\.($|[/\\])|^[/\\]|^[A-Za-z]:[/\\]|^file:/ },
        (args) => {
          if (args.kind === "entry-point") return undefined;
          // A component of the bundle's own lies inside of the bundle: ask for it first.
          const component = homes.find(({ folder }) => !leaves(folder, args.importer));
          const home = component?.folder ?? root;
          if (leaves(home, args.importer)) return undefined;
          if (args.importer.includes("node_modules")) return undefined;
          if (!leaves(home, resolve(args.resolveDir, args.path))) return undefined;
          return {
            errors: [
              {
                text: `"${args.path}" lies outside of the ${component ? "component" : "bundle"}`,
                detail: "ESP702",
              },
            ],
          };
        },
      );
    },
  };
}
