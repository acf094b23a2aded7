/** Bundles that the data folder keeps, as people name them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";

/** Where a data folder keeps bundles. */
export function bundleStore({ dataDir }: Pick<Invocation, "dataDir">): string {
  return join(dataDir, "bundles");
}

/** `sha256:` before or not, at least eight digits; or undefined. */
export function readDigits(what: string): string | undefined {
  return /^(?:sha256[:-])?([0-9a-f]{8,64})$/.exec(what)?.[1];
}

/** The digest that begins with these digits. Throws `Failure`. */
export function keptDigest(invocation: Pick<Invocation, "dataDir">, digits: string): string {
  const store = bundleStore(invocation);
  const names = existsSync(store) ? readdirSync(store) : [];
  const found = names.filter((name) => name.startsWith(`sha256-${digits}`));
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new Failure(
      "BundleNotKept",
      `${found.length === 0 ? "No bundle" : "More than one bundle"} in ${store} begins with ${digits}`,
      { hint: "A bundle is kept when a run of it starts; --data names another folder." },
    );
  }
  return name.replace("-", ":");
}
