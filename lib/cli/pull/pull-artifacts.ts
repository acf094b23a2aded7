/** Brings the artifacts of a run into the data folder. */
import type { RunListing } from "../../replay/recorded-run.ts";
import type { KeptFiles } from "../../runtime/kept-files.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import { Failure } from "../failure.ts";

export interface PulledArtifacts {
  /** Digests of those that were brought, and of those that were here already. */
  readonly pulled: readonly string[];
  readonly present: readonly string[];
  /** Those that the bundle's data classes forbid to copy: they stay where they are. */
  readonly withheld: readonly string[];
  /** Those that are not there any more. */
  readonly missing: readonly string[];
}

/** Content-addressed and written once: one that is here is not read again. Throws `Failure` `ArtifactCorrupt`. */
export async function pullArtifacts(
  kept: KeptFiles,
  { artifacts, withheld = [] }: RunListing,
  store: Pick<Artifacts, "put" | "stat">,
): Promise<PulledArtifacts> {
  const found = { pulled: [] as string[], present: [] as string[], missing: [] as string[] };
  for (const digest of artifacts) {
    if (withheld.includes(digest)) continue;
    if (await store.stat(digest)) {
      found.present.push(digest);
      continue;
    }
    const stream = await kept.artifact(digest);
    if (stream === undefined) {
      found.missing.push(digest);
      continue;
    }
    // Stored under the digest of what has come: were that another, nobody would look there.
    const { $artifact } = await store.put(stream, { mediaType: "application/octet-stream" });
    if ($artifact !== digest) {
      throw new Failure("ArtifactCorrupt", `The artifact ${digest} was changed where it is kept`, {
        hint: `What is there now has the digest ${$artifact}. The run itself was not pulled.`,
      });
    }
    found.pulled.push(digest);
  }
  return { ...found, withheld };
}
