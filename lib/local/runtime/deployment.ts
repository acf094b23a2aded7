import type { Plan } from "../../compiler/plan.ts";

/** A compiled bundle, ready to run: what `LocalRuntime.deploy` takes and keeps under its digest. */
export interface Deployment {
  readonly plan: Plan;
  /** `sha256:…` of the bundle. */
  readonly digest: string;
  /** Step code by entry path (`code/inventory.ts`): one ESM file and its source map. */
  readonly code: ReadonlyMap<string, { readonly js: string; readonly map: string }>;
  /** Further files that handlers read, by path inside the bundle. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files of the components that it uses: `components/CATEGORY/ALIAS/PATH`. */
  readonly components: ReadonlyMap<string, Uint8Array>;
  /** Manifest, prompts, contracts, policies, by path inside the bundle: for who compares bundles later. */
  readonly sources?: ReadonlyMap<string, Uint8Array>;
  /** Text of the bundle's lock as it is deployed; asked for only if the bundle is not kept yet. */
  readonly lock?: () => string;
}
