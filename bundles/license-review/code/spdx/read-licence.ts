/** From whatever a package says about its licence to an `Expression`. Never throws, never guesses. */
import correct from "spdx-correct";
import { type Expression, formatExpression, join, licence } from "./expression.ts";
import { readName } from "./licence-names.ts";
import { isUrl, readUrl } from "./licence-urls.ts";
import { readExpression } from "./read-expression.ts";
import { readVagueName } from "./vague-names.ts";

/**
 * Reads one text: an SPDX expression, a name, an address, or words that say that there is no licence.
 * What is none of them comes back as `unknown` with the reason.
 */
export function readLicence(raw: string): Expression {
  const text = raw.trim().replace(/\s+/g, " ");
  return (
    readWord(text) ??
    readExpression(text) ??
    (isUrl(text) ? readUrl(text) : undefined) ??
    readName(text) ??
    readVagueName(text) ??
    readList(text) ?? { is: "unknown", text: shorten(text), why: explain(text) }
  );
}

/** Words with a meaning of their own, which SPDX tools and npm write in place of a licence. */
function readWord(text: string): Expression | undefined {
  const unknown = (why: string): Expression => ({ is: "unknown", text: shorten(text), why });
  if (text === "") return unknown("nothing is declared");
  // npm: "UNLICENSED" grants no rights at all; not to be confused with the Unlicense.
  if (/^(unlicensed|proprietary|all rights reserved)$/i.test(text)) return licence("UNLICENSED");
  if (/^noassertion$/i.test(text)) return unknown("the author of the SBOM asserts nothing");
  if (/^(none|no licen[sc]e|n\/a)$/i.test(text)) return unknown("says that there is no licence");
  if (/^(unknown|other|custom|various)$/i.test(text)) return unknown("names no licence");
  const file = /^see licen[sc]e (?:in|at) (.+)$/i.exec(text)?.[1];
  if (file) return (isUrl(file) && readUrl(file)) || unknown(`points to ${shorten(file)}`);
  if (/^public[ -]?domain$/i.test(text)) {
    return unknown(
      "a dedication to the public domain is no licence everywhere; its text must be read",
    );
  }
  return undefined;
}

/** "MIT or Apache 2.0", "MIT/GPL", "MIT, BSD": lists of names. All parts must be known. */
function readList(text: string): Expression | undefined {
  if (/[()]/.test(text)) return undefined;
  for (const [separator, is] of [
    [/\s+or\s+|\s*\|\|?\s*/i, "or"],
    [/\s+and\s+|\s*&&?\s*/i, "and"],
    [/\s*[/,;]\s*/, "either"],
  ] as const) {
    const parts = text.split(separator).filter((part) => part !== "");
    if (parts.length < 2 || parts.length > 10) continue;
    const read = parts.map(readLicence);
    if (read.some((part) => part.is === "unknown")) continue;
    return is === "either" ? severalLicences(text, read) : join(is, read);
  }
  return undefined;
}

/** Several licences without a word on whether they are a choice or all apply. */
export function severalLicences(text: string, parts: readonly Expression[]): Expression {
  const distinct = [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
  if (distinct.length === 1 && distinct[0]) return distinct[0];
  return {
    is: "ambiguous",
    text: shorten(text),
    why: "does not say whether one may choose or all apply",
    readings: [join("or", distinct), join("and", distinct)],
  };
}

/** The guess of `spdx-correct` is for the person who reads the report, never for the verdict. */
function explain(text: string): string {
  if (isUrl(text)) return "an address that is not known to hold a licence's text";
  const guess = text.length <= 200 ? correct(text, { upgrade: true }) : null;
  const read = guess ? readExpression(guess) : undefined;
  return read
    ? `no name or expression that SPDX knows; resembles ${formatExpression(read)}`
    : "no name or expression that SPDX knows";
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
