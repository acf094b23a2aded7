/** One side of a comparison that is a component: a version that was published, or its folder. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "../../bundle/index.ts";
import type { ReadComponent } from "../../bundle/read-component.ts";
import { type Category, isCategory } from "../../manifest/components/kinds.ts";
import { Failure } from "../failure.ts";
import { bundleFolders } from "./select-bundle.ts";

/** `CATEGORY/COMPONENT`, `COMPONENT@VERSION`, or both; undefined for what is neither. */
export function readComponentName(what: string) {
  const [, category, name = "", version] =
    /^(?:([a-z]+)\/)?([a-z][\w-]*)(?:@(\d[\w.+-]*))?$/.exec(what) ?? [];
  if (name === "" || (category === undefined && version === undefined)) return undefined;
  if (category !== undefined && !isCategory(category)) return undefined;
  return { category: category as Category | undefined, name, version };
}

/**
 * Looks beside the bundles of the working folder and in them. Undefined if there is no such folder;
 * throws `Failure` if there is no such version, if there are several, or if one is not what was published.
 */
export async function componentSide(
  what: string,
  cwd: string,
): Promise<{ readonly shown: string; readonly parts: readonly Part[] } | undefined> {
  const named = readComponentName(what);
  if (named === undefined) return undefined;
  const { CATEGORIES } = await import("../../manifest/components/kinds.ts");
  const picked = (read: ReadComponent) => ({ read, diagnostics: read.diagnostics });
  const { componentParts } = await import("../../bundle/lock/component-parts.ts");
  const { partOf } = await import("../../bundle/lock/part-value.ts");
  const { ownHome, sharedHome } = await import("../../bundle/find-component.ts");
  const { readHead, readPublished } = await import("../../bundle/pick-component.ts");
  const { publishedVersions } = await import("../../bundle/versions/published-version.ts");
  const { name, version } = named;
  const categories = named.category === undefined ? CATEGORIES : [named.category];
  const homes = [
    sharedHome(join(cwd, "bundles")),
    ...bundleFolders(cwd).map((folder) => ownHome(folder)),
  ];
  const found = homes.flatMap((home) =>
    categories.flatMap((category) => {
      if (version === undefined) {
        const isThere = existsSync(join(home.folder, category, name, "component.yaml"));
        return isThere ? [{ category, pick: () => picked(readHead(home, category, name)) }] : [];
      }
      return publishedVersions(home, category, name)
        .filter((each) => each.version === version)
        .map((each) => ({ category, pick: () => readPublished(each, home, category, name) }));
    }),
  );
  const [only, second] = found;
  if (only === undefined) {
    if (version === undefined) return undefined;
    throw new Failure("ComponentNotFound", `No version ${what} is published here`, {
      hint: "Look into bundles/versions; espalier publish stores the one that is worked on.",
    });
  }
  if (second !== undefined) {
    throw new Failure("ComponentAmbiguous", `There are ${found.length} components ${what}`, {
      hint: `Name the category: ${only.category}/${what.replace(/^.*\//, "")}.`,
    });
  }
  const { read, diagnostics } = only.pick();
  if (read === undefined) {
    throw new Failure("ComponentInvalid", `${what} cannot be compared`, { diagnostics });
  }
  const owner = `${only.category}.${name}`;
  const code = [...read.files].filter(([path]) => /\.m?[tj]s$/.test(path));
  return {
    shown: what,
    parts: [
      ...componentParts(owner, read.files),
      ...code.map(([path, bytes]) => partOf(owner, "code", path, Buffer.from(bytes).toString())),
    ],
  };
}
