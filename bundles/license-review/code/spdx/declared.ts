/** Where a declaration of a licence comes from decides how several of them are read. */
import { z } from "zod";
import { type Expression, join } from "./expression.ts";
import { readUrl } from "./licence-urls.ts";
import { readLicence, severalLicences } from "./read-licence.ts";

/** One entry of a component's `licenses` in an SBOM: an id, a name, or an expression, as written there. */
export const Declared = z.object({
  text: z.string(),
  /** Only where the text is no id and no expression. */
  url: z.string().optional(),
});
export type Declared = z.infer<typeof Declared>;

/**
 * The licences that an SBOM declares for a component. CycloneDX does not say what several entries
 * mean, so they are clear only if every reading is judged alike.
 */
export function readDeclared(declared: readonly Declared[]): Expression {
  if (declared.length === 0) return { is: "unknown", text: "", why: "nothing is declared" };
  const parts = declared.map(readOne);
  return severalLicences(declared.map((entry) => entry.text).join(", "), parts);
}

function readOne(entry: Declared): Expression {
  const byText = readLicence(entry.text);
  if (byText.is !== "unknown" || !entry.url) return byText;
  return readUrl(entry.url) ?? byText;
}

/**
 * `license` and `licenses` of a package.json, with the objects and lists that npm accepted before
 * it asked for SPDX. npm documents the old list as a choice:
 * https://docs.npmjs.com/cli/configuring-npm/package-json#license
 */
export function readPackageLicence(manifest: {
  readonly license?: unknown;
  readonly licenses?: unknown;
}): Expression | undefined {
  const parts = [manifest.license, manifest.licenses]
    .flatMap((field) => (Array.isArray(field) ? field : [field]))
    .map(declaredOf)
    .filter((entry) => entry !== undefined)
    .map(readOne);
  return parts.length === 0 ? undefined : join("or", parts);
}

const LegacyLicence = z.object({
  type: z.string().optional(),
  name: z.string().optional(),
  url: z.string().optional(),
});

function declaredOf(field: unknown): Declared | undefined {
  if (typeof field === "string") return field.trim() === "" ? undefined : { text: field };
  const legacy = LegacyLicence.safeParse(field);
  if (!legacy.success) return undefined;
  const { type, name, url } = legacy.data;
  const text = type ?? name ?? url;
  return text ? { text, ...(url ? { url } : {}) } : undefined;
}
