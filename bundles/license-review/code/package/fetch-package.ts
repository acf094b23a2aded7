/** Gets the few files of a published npm package that speak of its licence. */
import { type WalkOptions, walkPackage } from "../../toolsets/package-files/walk-package.ts";

export { LIMITS, PackageUnavailable } from "../../toolsets/package-files/walk-package.ts";

export interface PackageFile {
  /** Path inside the package. */
  readonly path: string;
  readonly text: string;
  /** `sha256:…` of the whole file. */
  readonly digest: string;
}

/** The files at the top of a package, or in a folder of licences, that may hold one. */
const LICENCE_FILE =
  /^(?:licen[sc]es?\/)?(?:(?:un)?licen[sc]es?|copying|[a-z0-9.]+-licen[sc]e|copyright)(?:[-._ ][a-z0-9-._ ]*)?$/i;
const IN_LICENCE_FOLDER = /^licen[sc]es?\/[^/]+(?:\.(?:txt|md))?$/i;
const CODE = /\.(?:[cm]?[jt]sx?|json|map|ya?ml|css|png|svg|snap|d\.ts)$/i;

export function isLicenceFile(path: string): boolean {
  return (LICENCE_FILE.test(path) || IN_LICENCE_FOLDER.test(path)) && !CODE.test(path);
}

function isWanted(path: string): boolean {
  return isLicenceFile(path) || path === "package.json" || /^readme(?:\.[a-z]+)?$/i.test(path);
}

/** As `walkPackage` reads them. Throws `PackageUnavailable`. */
export async function fetchPackage(
  name: string,
  version: string,
  integrity: string | null,
  options: WalkOptions,
): Promise<PackageFile[]> {
  const { files } = await walkPackage({ name, version, integrity }, isWanted, options);
  return [...files]
    .map(([path, { body, digest }]) => ({ path, text: new TextDecoder().decode(body), digest }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
