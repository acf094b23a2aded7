/** Where components lie: in the bundle itself, or beside the bundles. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { COMPONENT_FILE } from "../manifest/components/component-file.ts";
import { CATEGORIES, type Category } from "../manifest/components/kinds.ts";
import { nearest } from "../manifest/nearest.ts";
import { displayPath } from "../manifest/read-source.ts";
import { COMPONENTS_FOLDER } from "./component.ts";
import { namesIn, publishedVersions } from "./versions/published-version.ts";

interface Place {
  /** Absolute. */
  readonly folder: string;
  /** As people type it. */
  readonly shown: string;
}

/** A folder with `CATEGORY/COMPONENT/` in it, and one with what was published of these. */
export interface ComponentHome extends Place {
  readonly source: "bundle" | "shared";
  /** `CATEGORY/COMPONENT/VERSION/` in there. */
  readonly versions: Place;
}

/** Beside shared components, and in a bundle that has components of its own. */
export const VERSIONS_FOLDER = "versions";

/** Where a bundle's own components lie. `folder` is absolute. */
export function ownHome(folder: string, shown: string = displayPath(folder)): ComponentHome {
  const versions = { folder: join(folder, VERSIONS_FOLDER), shown: `${shown}/${VERSIONS_FOLDER}` };
  return { source: "bundle", folder, shown, versions };
}

/** Where the components lie that the bundles in a folder share. `folder` is absolute. */
export function sharedHome(folder: string): ComponentHome {
  const place = (name: string): Place => ({
    folder: join(folder, name),
    shown: displayPath(join(folder, name)),
  });
  return { source: "shared", ...place(COMPONENTS_FOLDER), versions: place(VERSIONS_FOLDER) };
}

/** The home in which a component is found: the bundle's own hides a shared one. */
export function findComponent(
  homes: readonly ComponentHome[],
  category: Category,
  name: string,
): ComponentHome | undefined {
  return homes.find(
    (home) => hasHead(home, category, name) || publishedVersions(home, category, name).length > 0,
  );
}

/** Whether there is a folder to work in, besides what was published. */
export function hasHead({ folder }: ComponentHome, category: Category, name: string): boolean {
  return existsSync(join(folder, category, name, COMPONENT_FILE));
}

/** Of which other categories there is a component with this name. */
export function otherCategories(
  homes: readonly ComponentHome[],
  category: Category,
  name: string,
): readonly Category[] {
  return CATEGORIES.filter((one) => one !== category && findComponent(homes, one, name));
}

/** What to do about a component that is nowhere. */
export function whereItMightBe(
  homes: readonly ComponentHome[],
  category: Category,
  name: string,
): string {
  const looked = homes.map(({ shown }) => `${shown}/${category}/${name}/`).join(" and ");
  const known = [...new Set(homes.flatMap((home) => componentNames(home, category)))];
  const near = nearest(name, known);
  if (near !== undefined) return `Did you mean "${near}"? Looked in ${looked}.`;
  const there = known.length > 0 ? `; there are ${known.join(", ")}` : "";
  return `Looked for ${COMPONENT_FILE} in ${looked}${there}.`;
}

function componentNames(home: ComponentHome, category: Category): readonly string[] {
  const { folder, versions } = home;
  const names = [folder, versions.folder].flatMap((place) => namesIn(join(place, category)));
  return [...new Set(names)].sort().filter((name) => findComponent([home], category, name));
}
