/**
 * What is kept of runs and bundles, file by file, wherever that is. Nothing is checked here: whoever
 * reads holds each file against the digest that names it. Undefined: there is no such file.
 */
import type { Control } from "./control.ts";

export interface KeptFiles {
  /** A file of `runs/RUN/` (`run-snapshot.ts`). */
  runFile(run: string, file: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** What stands beside a bundle: its listing, `snapshot.json`, and its plans. */
  bundleFile(digest: string, path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** A file of any bundle, by its digest in a listing. */
  bundleBlob(digest: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Digests of the plans that a bundle was deployed with; `bundleFile` has them as `plans/HEX.json`. */
  plans(digest: string): Promise<readonly string[]>;
  artifact(digest: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** Runs of an environment, and what is kept of them. */
export interface DeployedControl extends Control {
  readonly kept: KeptFiles;
}
