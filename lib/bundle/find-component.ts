/** Where components lie: in the bundle itself, or beside the bundles. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { COMPONENT_FILE } from "../manifest/components/component-file.ts";
import { CATEGORIES, type Category } from "../manifest/components/kinds.ts";
import { nearest } from "../manifest/nearest.ts";

/** A folder with `CATEGORY/COMPONENT/` in it. */
export interface ComponentHome {
  readonly source: "bundle" | "shared";
  /** Absolute. */
  readonly folder: string;
  /** As people type it. */
  readonly shown: string;
}

/** The home in which a component is found: the bundle's own hides a shared one. */
export function findComponent(
  homes: readonly ComponentHome[],
  category: Category,
  name: string,
): ComponentHome | undefined {
  return homes.find(({ folder }) => existsSync(join(folder, category, name, COMPONENT_FILE)));
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
  const known = [...new Set(homes.flatMap(({ folder }) => namesIn(join(folder, category))))];
  const near = nearest(name, known);
  if (near !== undefined) return `Did you mean "${near}"? Looked in ${looked}.`;
  const there = known.length > 0 ? `; there are ${known.join(", ")}` : "";
  return `Looked for ${COMPONENT_FILE} in ${looked}${there}.`;
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, COMPONENT_FILE)));
}
