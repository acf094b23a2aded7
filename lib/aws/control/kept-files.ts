/** The buckets of an environment, for whoever brings what is kept there elsewhere. */
import { OBJECTS } from "../../runtime/deployed.ts";
import type { KeptFiles } from "../../runtime/kept-files.ts";
import type { S3Objects } from "../s3-objects.ts";

export function keptFiles(runs: S3Objects, bundles: S3Objects): KeptFiles {
  const folderOf = (digest: string) => `${OBJECTS.bundles}${hexOf(digest)}/`;
  return {
    runFile: (run, file) => runs.open(`${OBJECTS.runs}${run}/${file}`),
    bundleFile: (digest, path) => bundles.open(`${folderOf(digest)}${path}`),
    bundleBlob: (digest) => bundles.open(`${OBJECTS.bundleFiles}${hexOf(digest)}`),
    async plans(digest) {
      const found: string[] = [];
      for await (const key of bundles.keys(`${folderOf(digest)}plans/`)) {
        const hex = /\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
        if (hex !== undefined) found.push(`sha256:${hex}`);
      }
      return found;
    },
    artifact: (digest) => runs.open(`${OBJECTS.artifacts}${hexOf(digest)}`),
  };
}

function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
