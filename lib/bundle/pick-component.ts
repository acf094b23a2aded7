/** From a reference to the files of one version: those in the working folder, or published ones. */
import { join } from "node:path";
import type { Category } from "../manifest/components/kinds.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { digestOf } from "./digest.ts";
import { type ComponentHome, findComponent, hasHead } from "./find-component.ts";
import { firstLine, type ReadComponent, readComponent } from "./read-component.ts";
import type { ResolvedReference } from "./resolve-reference.ts";
import { chooseVersion, isWanted } from "./versions/choose-version.ts";
import {
  differences,
  LISTING_FILE,
  type PublishedVersion,
  publishedVersions,
} from "./versions/published-version.ts";

export interface PickedComponent {
  /** Absent if nothing fits. */
  readonly read?: ReadComponent;
  readonly diagnostics: readonly Diagnostic[];
}

/** `locked`: the version that the bundle's lock has for this component. ESP803, ESP812, ESP813. */
export function pickComponent(
  reference: ResolvedReference,
  category: Category,
  locked: string | undefined,
  homes: readonly ComponentHome[],
): PickedComponent {
  const { home, name, wanted } = reference;
  const published = publishedVersions(home, category, name).map((one) => ({
    version: one.version,
    digest: one.listing?.digest ?? null,
    published: one,
  }));
  const head = hasHead(home, category, name) ? readHead(home, category, name) : undefined;
  const keeps = published.some((one) => one.version === locked && isWanted(one, wanted));
  // Whether what is being worked on would be chosen cannot be told.
  if (head && !head.header && !keeps) return { diagnostics: head.diagnostics };
  const worked = head?.header && {
    version: head.header.version,
    digest: digestOf(head.files),
    published: null,
    head,
  };
  const candidates = [...(worked ? [worked] : []), ...published];
  const chosen = chooseVersion(candidates, wanted, locked);
  if (chosen === undefined) {
    return { diagnostics: [unsatisfied(reference, candidates, category, homes)] };
  }
  if (chosen.published) return readPublished(chosen.published, home, category, name);
  const same = published.find(({ version }) => version === chosen.version);
  if (same === undefined || same.digest === chosen.digest) return withFindings(chosen.head);
  const finding = unbumped(chosen.head, chosen.version, same.published);
  return { diagnostics: [...chosen.head.diagnostics, finding] };
}

function withFindings(read: ReadComponent): PickedComponent {
  return { read, diagnostics: read.diagnostics };
}

/** What is being worked on. */
export function readHead(home: ComponentHome, category: Category, name: string): ReadComponent {
  const place = {
    folder: join(home.folder, category, name),
    shown: `${home.shown}/${category}/${name}`,
    within: home.folder,
  };
  return readComponent(place, category, name);
}

/** A published version, if it is what was published. */
export function readPublished(
  { folder, shown, listing }: PublishedVersion,
  home: ComponentHome,
  category: Category,
  name: string,
): PickedComponent {
  const read = readComponent({ folder, shown, within: home.versions.folder }, category, name);
  const changed: string[] =
    listing === null
      ? [`${LISTING_FILE}, which says what it was, is missing or cannot be read`]
      : [...differences(listing, read.files)];
  if (listing !== null && changed.length === 0 && digestOf(read.files) !== listing.digest) {
    changed.push(`${LISTING_FILE} contradicts itself`);
  }
  if (changed.length === 0) return withFindings(read);
  const finding: Diagnostic = {
    code: "ESP812",
    severity: "error",
    message: `the published version is not what was published: ${changed.join("; ")}`,
    hint: "A published version never changes. Restore the folder, and publish another version.",
    place: firstLine(`${shown}/component.yaml`),
  };
  return { diagnostics: [finding] };
}

function unbumped(head: ReadComponent, version: string, same: PublishedVersion): Diagnostic {
  const changed = same.listing ? differences(same.listing, head.files).join("; ") : "";
  return {
    code: "ESP813",
    severity: "error",
    message: `version ${version} is published with other content${changed && `: ${changed}`}`,
    hint: `Give what is being worked on another version. The published one is ${same.shown}.`,
    place: head.versionPlace ?? firstLine(`${head.shown}/component.yaml`),
  };
}

function unsatisfied(
  { name, wanted, place, home }: ResolvedReference,
  candidates: readonly { readonly version: string }[],
  category: Category,
  homes: readonly ComponentHome[],
): Diagnostic {
  const versions = [...new Set(candidates.map(({ version }) => version))];
  const shown = `${home.shown}/${category}/${name}`;
  const hidden = home.source === "bundle" && findComponent(homes.slice(1), category, name);
  const found =
    versions.length === 1
      ? `version ${versions[0]}, which does not satisfy ${wanted}`
      : `the versions ${versions.join(", ")}, of which none satisfies ${wanted}`;
  return {
    code: "ESP803",
    severity: "error",
    message: `"${name}" has ${found}`,
    hint: hidden
      ? `It is ${shown}, and hides the one in ${hidden.shown}/${category}/${name}.`
      : `It is ${shown}; change the version that is asked for, or the component.`,
    place,
  };
}
