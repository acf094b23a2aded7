/** What the files of a package, taken together, say about its licence. Pure: no network, no clock. */
import { readPackageLicence } from "../spdx/declared.ts";
import { type Expression, formatExpression, idsOf, join, licence } from "../spdx/expression.ts";
import { readLicence, severalLicences } from "../spdx/read-licence.ts";
import { isLicenceFile, type PackageFile } from "./fetch-package.ts";
import { licencesInText, quote } from "./file-licences.ts";
import type { Evidence } from "./finding.ts";
import { licenceSection } from "./readme-licence.ts";

export interface Conclusion {
  readonly licence: Expression | undefined;
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/**
 * The text of a licence file binds; what package.json and the SBOM declare must not contradict it.
 * Without such a file the package's own word counts: package.json, then the README.
 * `declared` is what the SBOM says.
 */
export function concludeFiles(files: readonly PackageFile[], declared: Expression): Conclusion {
  const own = manifestLicence(files);
  const claims = [declared, ...(own ? [own.licence] : [])];
  const read = files.filter((file) => isLicenceFile(file.path)).map((file) => licencesInText(file));
  const evidence = [...read.flatMap((file) => file.evidence), ...(own?.evidence ?? [])];
  const texts = distinct(read.flatMap((file) => file.licences));

  if (read.some((file) => file.unclear)) {
    const known = texts.length > 0 ? `besides ${texts.map(nameOf).join(", ")}, ` : "";
    return {
      licence: undefined,
      reason: `${known}a licence file holds text that a person must read`,
      evidence,
    };
  }
  if (texts.length > 0) {
    for (const claim of claims) {
      const stranger = texts.find((ids) => !allows(claim, ids));
      if (stranger) {
        const reason = `${formatExpression(claim)} is declared, but a licence file is ${nameOf(stranger)}`;
        return { licence: undefined, reason, evidence };
      }
    }
    // A clear word on how several licences belong together is better than their texts alone.
    const clear = claims.findLast(isClear);
    const names = texts.map(nameOf).join(", ");
    return {
      licence: clear ?? severalLicences(names, texts.map(expressionOf)),
      reason: `the package's files hold the text of ${names}`,
      evidence,
    };
  }
  if (own && idsOf(own.licence).some((id) => !allows(declared, [id]))) {
    const reason = `the SBOM says ${formatExpression(declared)}, package.json ${formatExpression(own.licence)}`;
    return { licence: undefined, reason, evidence };
  }
  if (own && isClear(own.licence)) {
    const reason = `package.json declares ${formatExpression(own.licence)}; there is no licence file`;
    return { licence: own.licence, reason, evidence };
  }
  const readme = readmeLicence(files, claims, evidence);
  if (readme.licence || !own || own.licence.is === "unknown") return readme;
  // Vague ("BSD", "LGPL"), but the policy may judge all that it can mean alike.
  const reason = `package.json declares ${formatExpression(own.licence)}, and no file says more`;
  return { licence: own.licence, reason, evidence: readme.evidence };
}

export function manifestLicence(
  files: readonly PackageFile[],
): { licence: Expression; evidence: Evidence[] } | undefined {
  const file = files.find((file) => file.path === "package.json");
  if (!file) return undefined;
  let manifest: unknown;
  try {
    // Some old packages have a byte order mark.
    manifest = JSON.parse(file.text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
  if (typeof manifest !== "object" || manifest === null) return undefined;
  const licence = readPackageLicence(manifest);
  if (!licence) return undefined;
  const lines = file.text.split(/\r\n?|\n/);
  const line = Math.max(
    0,
    lines.findIndex((content) => /"licen[sc]es?"\s*:/.test(content)),
  );
  const text = formatExpression(licence);
  return {
    licence,
    evidence: [
      {
        file: file.path,
        digest: file.digest,
        line: line + 1,
        quote:
          /"licen[sc]e"\s*:\s*"[^"]{0,140}"/.exec(lines[line] ?? "")?.[0] ?? quote(lines, line),
        licence: text.length > 160 ? null : text,
        similarity: null,
      },
    ],
  };
}

/** Its full text in the README counts like a licence file; a mere name only if it stands alone. */
function readmeLicence(
  files: readonly PackageFile[],
  claims: readonly Expression[],
  evidence: readonly Evidence[],
): Conclusion {
  const file = files.find((file) => /^readme/i.test(file.path));
  const section = file && licenceSection(file.text);
  if (!file || !section) {
    const what = evidence.length > 0 ? "no licence that is known" : "nothing about a licence";
    return { licence: undefined, reason: `the package's files say ${what}`, evidence };
  }
  const full = licencesInText(file, section.text, section.line);
  const [ids] = full.licences;
  const statement =
    section.text
      .split("\n")[0]
      ?.replace(/[*_`[\]]|\(https?:[^)]*\)/g, "")
      .trim() ?? "";
  const named =
    full.licences.length === 1 && ids
      ? expressionOf(ids)
      : readLicence(statement.replace(/\.$/, ""));
  const found: Evidence = {
    file: file.path,
    digest: file.digest,
    line: section.line + 1,
    quote: quote(section.text.split("\n"), 0),
    licence: named.is === "unknown" ? null : formatExpression(named),
    similarity: full.evidence[0]?.similarity ?? null,
  };
  const all = [...evidence, found];
  const ok = named.is === "licence" && (full.licences.length === 0 || !full.unclear);
  if (!ok || claims.some((claim) => !allows(claim, [named.id]))) {
    return {
      licence: undefined,
      reason: "the README speaks of a licence that a person must read",
      evidence: all,
    };
  }
  return {
    licence: named,
    reason: `the README says ${formatExpression(named)}; there is no licence file`,
    evidence: all,
  };
}

export function isClear(expression: Expression): boolean {
  if (expression.is === "or" || expression.is === "and") return expression.branches.every(isClear);
  return expression.is === "licence";
}

/** Whether a declaration leaves room for a licence (under any of its ids). Unknown ones leave all. */
function allows(claim: Expression, ids: readonly string[]): boolean {
  switch (claim.is) {
    case "licence":
      return ids.includes(claim.id);
    case "or":
    case "and":
      return claim.branches.some((branch) => allows(branch, ids));
    case "ambiguous":
      return claim.readings.some((reading) => allows(reading, ids));
    default:
      return true;
  }
}

function expressionOf(ids: readonly string[]): Expression {
  const readings = ids.map((id) => licence(id));
  if (readings.length === 1 && readings[0]) return readings[0];
  const text = nameOf(ids);
  return {
    is: "ambiguous",
    text,
    why: "have the same text",
    readings: [join("or", readings), ...readings],
  };
}

function nameOf(ids: readonly string[]): string {
  return ids.join(" or ");
}

function distinct(all: readonly (readonly string[])[]): (readonly string[])[] {
  return [...new Map(all.map((ids) => [ids.join(), ids])).values()];
}
