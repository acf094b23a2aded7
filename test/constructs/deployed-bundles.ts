import { basename } from "node:path";
import { findBundles } from "../../lib/bundle/find-bundles.ts";
import {
  deployedEnvironments,
  deploys,
  loadEnvironments,
} from "../../lib/manifest/environment/load-environments.ts";

/** Folders of the bundles that some environment deploys. */
export function deployedBundles(root: string): readonly string[] {
  const targets = deployedEnvironments(root, loadEnvironments(root).environments);
  return findBundles(root).filter((folder) =>
    targets.some((target) => deploys(target, basename(folder))),
  );
}
