/**
 * Names of licences as people write them. Only a text that is a licence's name, give or take case,
 * punctuation and words like "the" and "license", counts as that licence: resemblance is not enough
 * to let a package in ("not the MIT License" resembles the MIT License).
 */
import list from "spdx-license-list/spdx.json" with { type: "json" };
import { type Expression, licence } from "./expression.ts";
import { LICENCE_IDS } from "./licence-ids.ts";

/** Words that say nothing about which licence is meant. */
const NOISE = new Set(["the", "license", "licence", "licensed", "version", "ver", "under", "of"]);

/** Brings a name into the form in which names are compared: `Apache License, v2.0` → `apache 2`. */
export function nameKey(text: string): string {
  return text
    .toLowerCase()
    .replace(/([a-z])v(?=\d)/g, "$1 ")
    .replace(/\bv(?:ersion|er)?[ .]?(?=\d)/g, "")
    .replace(/[^a-z0-9.+]+/g, " ")
    .replace(/\.(?=\s|$)/g, " ")
    .replace(/\b(\d+)(?:\.0)+\b/g, "$1")
    .split(/\s+/)
    .filter((word) => word !== "" && !NOISE.has(word))
    .join(" ");
}

/** What registries, old packages and other ecosystems call licences; keys as `nameKey` makes them. */
const ALIASES: Readonly<Record<string, string>> = {
  expat: "MIT",
  "mit expat": "MIT",
  "expat mit": "MIT",
  "apache software 2": "Apache-2.0",
  "apache 2": "Apache-2.0",
  apache2: "Apache-2.0",
  "asl 2": "Apache-2.0",
  asl2: "Apache-2.0",
  "al 2": "Apache-2.0",
  "new bsd": "BSD-3-Clause",
  "bsd new": "BSD-3-Clause",
  "modified bsd": "BSD-3-Clause",
  "revised bsd": "BSD-3-Clause",
  "bsd 3": "BSD-3-Clause",
  bsd3: "BSD-3-Clause",
  "3 clause bsd": "BSD-3-Clause",
  "bsd 3clause": "BSD-3-Clause",
  "simplified bsd": "BSD-2-Clause",
  "bsd simplified": "BSD-2-Clause",
  freebsd: "BSD-2-Clause",
  "bsd 2": "BSD-2-Clause",
  bsd2: "BSD-2-Clause",
  "2 clause bsd": "BSD-2-Clause",
  "zero clause bsd": "0BSD",
  "bsd zero clause": "0BSD",
  "mozilla public 2": "MPL-2.0",
  mpl2: "MPL-2.0",
  "eclipse public 1": "EPL-1.0",
  "eclipse public 2": "EPL-2.0",
  "boost software 1": "BSL-1.0",
  "do what fuck you want to public": "WTFPL",
  "wtf public": "WTFPL",
  wtfpl2: "WTFPL",
  "wtfpl 2": "WTFPL",
  cc0: "CC0-1.0",
  "cc0 1 universal": "CC0-1.0",
  "creative commons zero 1 universal": "CC0-1.0",
  "creative commons attribution 3": "CC-BY-3.0",
  "creative commons attribution 4": "CC-BY-4.0",
  "creative commons attribution 4 international": "CC-BY-4.0",
  "blue oak model 1": "BlueOak-1.0.0",
  "zlib libpng": "Zlib",
  "un license": "Unlicense",
  unlicence: "Unlicense",
};

const byKey = new Map<string, string | null>();
for (const id of LICENCE_IDS) {
  const name = (list as Readonly<Record<string, { name: string }>>)[id]?.name;
  for (const key of new Set([nameKey(id), ...(name ? [nameKey(name)] : [])])) {
    // Two licences with the same key: it names neither.
    byKey.set(key, byKey.has(key) && byKey.get(key) !== id ? null : id);
  }
}
for (const [key, id] of Object.entries(ALIASES)) byKey.set(key, id);

/** The licence that a free text names, or undefined. */
export function readName(text: string): Expression | undefined {
  // Tools mark with these what they have only guessed.
  if (/[*?!]/.test(text)) return undefined;
  const gnu = readGnu(nameKey(text));
  if (gnu) return gnu;
  const whole = byKey.get(nameKey(text));
  if (whole) return licence(whole);
  // "MIT License (MIT)", "GNU General Public License v3 (GPLv3)": both must say the same.
  const parts = /^(.+?)\s*\(([^()]+)\)\s*$/.exec(text);
  if (parts?.[1] && parts[2]) {
    const outer = readName(parts[1]);
    const inner = readName(parts[2]);
    if (outer && inner && JSON.stringify(outer) === JSON.stringify(inner)) return outer;
  }
  return undefined;
}

/** GNU licences, in the many ways in which people abbreviate them, with or without "or later". */
function readGnu(key: string): Expression | undefined {
  const match =
    /^(?:gnu )?(?:(a|affero |l|lesser |library )?(?:gpl|general public))(?: ?(?:l|a)?gpl)? ?(\d(?:\.\d)?)?( only|\+| ?or (?:later|newer|greater|any later)| \+)?$/.exec(
      key.replace(/^gnu (a|l)gpl/, "$1gpl").replace(/ \+$/, "+"),
    );
  const version = match?.[2];
  if (!match || !version) return undefined;
  const kind = match[1]?.trim().charAt(0) ?? "";
  const family = kind === "a" ? "AGPL" : kind === "l" ? "LGPL" : "GPL";
  const full = version.includes(".") ? version : `${version}.0`;
  const later = match[3] !== undefined && match[3] !== " only";
  const id = `${family}-${full}-${later ? "or-later" : "only"}`;
  return LICENCE_IDS.includes(id) ? licence(id) : undefined;
}
