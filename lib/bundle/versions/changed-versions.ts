/** Published versions that are no longer what was published, whoever uses them. */
import { dirname, join, resolve } from "node:path";
import { isCategory } from "../../manifest/components/kinds.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { type ComponentHome, ownHome, sharedHome } from "../find-component.ts";
import { readPublished } from "../pick-component.ts";
import { namesIn, publishedVersions } from "./published-version.ts";

/** ESP812 of every version beside these bundles, and in them. `folders` are those of bundles. */
export function changedVersions(folders: readonly string[]): readonly Diagnostic[] {
  const around = new Set(folders.map((folder) => dirname(resolve(folder))));
  const homes = [
    ...folders.map((folder) => ownHome(resolve(folder))),
    ...[...around].map((folder) => sharedHome(folder)),
  ];
  return homes.flatMap(changedIn).filter(({ code }) => code === "ESP812");
}

function changedIn(home: ComponentHome): readonly Diagnostic[] {
  const { folder } = home.versions;
  return namesIn(folder)
    .filter(isCategory)
    .flatMap((category) =>
      namesIn(join(folder, category)).flatMap((name) =>
        publishedVersions(home, category, name).flatMap(
          (one) => readPublished(one, home, category, name).diagnostics,
        ),
      ),
    );
}
