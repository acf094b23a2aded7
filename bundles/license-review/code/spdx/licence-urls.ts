/** Addresses of licence texts, which people put where a licence's id belongs. */
import list from "spdx-license-list/spdx.json" with { type: "json" };
import { type Expression, licence } from "./expression.ts";
import { isLicenceId, spellId } from "./licence-ids.ts";
import { readName } from "./licence-names.ts";

/** Addresses whose last part is an id or a name of the licence. */
const BY_LAST_PART =
  /^(?:opensource\.org\/licen[sc]es?|spdx\.org\/licenses|choosealicense\.com\/licenses|apache\.org\/licenses|gnu\.org\/licenses(?:\/old-licenses)?)\/([^/#?]+)$/;

const CREATIVE_COMMONS = /^creativecommons\.org\/(licenses|publicdomain)\/([a-z-]+)\/(\d\.\d)/;

const OTHERS: Readonly<Record<string, string>> = {
  "unlicense.org": "Unlicense",
  "wtfpl.net": "WTFPL",
  "wtfpl.net/about": "WTFPL",
  "mozilla.org/mpl/2.0": "MPL-2.0",
  "mozilla.org/en-us/mpl/2.0": "MPL-2.0",
  "blueoakcouncil.org/license/1.0.0": "BlueOak-1.0.0",
};

/** Two licences may share an address in the list (a project's home page): it then names neither. */
const listed = new Map<string, string | null>();
for (const [id, { url }] of Object.entries(list as Readonly<Record<string, { url?: string }>>)) {
  if (!isLicenceId(id) || !url) continue;
  for (const address of url.split(/\s+/).map(urlKey)) {
    listed.set(address, listed.has(address) ? null : id);
  }
}

export function isUrl(text: string): boolean {
  return /^(?:https?:\/\/|www\.)\S+$/i.test(text.trim());
}

/** The licence whose text an address is known to hold, or undefined. */
export function readUrl(text: string): Expression | undefined {
  const key = urlKey(text);
  const commons = CREATIVE_COMMONS.exec(key);
  if (commons) {
    const code = commons[1] === "publicdomain" ? "CC0" : `CC-${commons[2]}`;
    const id = spellId(`${code}-${commons[3]}`);
    if (id && isLicenceId(id) && (code !== "CC0" || commons[2] === "zero")) return licence(id);
    return undefined;
  }
  const other = OTHERS[key] ?? listed.get(key);
  if (other) return licence(other);
  const last = BY_LAST_PART.exec(key)?.[1];
  if (!last) return undefined;
  const site =
    key.startsWith("apache.org") && /^license-/.test(last) ? `apache-${last.slice(8)}` : last;
  return readName(site.replace(/-license$/, ""));
}

/** Without protocol, `www.`, file extension, trailing slash and fragment; lower case. */
function urlKey(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/^www\./, "")
    .replace(/[?#].*$/, "")
    .replace(/\.(?:html?|txt|php|md|en\.html)$/, "")
    .replace(/\/+$/, "");
}
