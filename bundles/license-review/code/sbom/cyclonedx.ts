/**
 * The parts of CycloneDX 1.4, 1.5 and 1.6 that the review reads, as loose as the real documents are:
 * `name` is the only thing without which an entry is no component.
 * https://cyclonedx.org/docs/1.6/json/
 */
import { z } from "espalier";
import { PackageURL } from "packageurl-js";
import type { Declared } from "../spdx/declared.ts";
import type { Component } from "./component.ts";

const text = z.string().nullish();

const LicenceEntry = z.union([
  z.object({ expression: z.string() }),
  z.object({ license: z.object({ id: text, name: text, url: text }) }),
]);

export const CycloneComponent = z.object({
  name: z.string(),
  type: text,
  "bom-ref": text,
  group: text,
  version: text,
  purl: text,
  scope: text,
  licenses: z.array(LicenceEntry).nullish(),
  hashes: z.array(z.object({ alg: z.string(), content: z.string() })).nullish(),
  copyright: text,
  author: text,
  authors: z.array(z.object({ name: text })).nullish(),
  properties: z.array(z.object({ name: z.string(), value: text })).nullish(),
});
export type CycloneComponent = z.infer<typeof CycloneComponent>;

/** Here the namespace is the distribution, which nobody says when they name a package. */
const DISTRIBUTIONS = new Set(["alpm", "apk", "deb", "rpm"]);

export function toComponent(entry: CycloneComponent): Component {
  const purl = entry.purl ? readPurl(entry.purl) : undefined;
  const namespace = DISTRIBUTIONS.has(purl?.type ?? "") ? undefined : purl?.namespace;
  return {
    name: purl ? fullName(namespace, purl.name) : fullName(entry.group, entry.name),
    version: entry.version || purl?.version || null,
    purl: entry.purl || null,
    scope: entry.scope ?? null,
    private:
      entry.properties?.some((p) => p.name === "cdx:npm:package:private" && p.value === "true") ??
      false,
    declared: (entry.licenses ?? []).flatMap(declaredOf),
    integrity: integrityOf(entry.hashes ?? []),
    copyright: copyrightOf(entry),
  };
}

/** 1.6 replaced `author` by `authors`. */
function copyrightOf({ copyright, author, authors }: CycloneComponent): string[] {
  if (copyright) return [copyright.slice(0, 300)];
  const names = [author, ...(authors ?? []).map(({ name }) => name)].filter((name) => !!name);
  return names.slice(0, 5).map((name) => `Author: ${name}`.slice(0, 120));
}

/** Undefined if the text is no package URL; some tools write other things there. */
export function readPurl(text: string): PackageURL | undefined {
  try {
    return PackageURL.fromString(text);
  } catch {
    return undefined;
  }
}

function fullName(namespace: string | null | undefined, name: string): string {
  return namespace && !name.startsWith(`${namespace}/`) ? `${namespace}/${name}` : name;
}

function declaredOf(entry: z.infer<typeof LicenceEntry>): Declared[] {
  if ("expression" in entry) return [{ text: entry.expression }];
  const { id, name, url } = entry.license;
  const text = id || name || url;
  return text ? [{ text, ...(url && !id ? { url } : {}) }] : [];
}

/** CycloneDX writes digests in hex, npm in base64 with the algorithm before it. */
function integrityOf(hashes: readonly { alg: string; content: string }[]): string | null {
  for (const [alg, name] of [
    ["SHA-512", "sha512"],
    ["SHA-384", "sha384"],
    ["SHA-256", "sha256"],
  ]) {
    const hash = hashes.find((hash) => hash.alg === alg && /^[0-9a-f]+$/i.test(hash.content));
    if (hash) return `${name}-${Buffer.from(hash.content, "hex").toString("base64")}`;
  }
  return null;
}
