import { isLicenceId } from "../spdx/licence-ids.ts";
import { readLicence } from "../spdx/read-licence.ts";
import { matchLicences } from "../text/match-licences.ts";
import { isCopyrightLine } from "../text/words.ts";
import type { PackageFile } from "./fetch-package.ts";
import type { Evidence } from "./finding.ts";

/** Words beside the licence that a file may have: a title, who wrote it, where the project lives. */
const MAX_REST = 25;

/** Words that may change what a licence grants. With one of them in the rest a person must read it. */
export const LIMITING =
  /\b(?:noncommercial|commercial(?:ly)?|evil|prohibit(?:ed|s)?|except(?:ion|ions)?|additional(?:ly)?|not|only|must|restrict(?:ed|ions?)?|military|exclud(?:e|ed|es|ing)|unless|conditions?|fees?|royalt(?:y|ies)|purchase|may)\b/;

export interface FileLicences {
  /** For each licence in the file its ids (several where one text has several). */
  readonly licences: readonly (readonly string[])[];
  /** True: the file holds more than licences that are known, so their ids do not tell all. */
  readonly unclear: boolean;
  readonly evidence: readonly Evidence[];
}

/** The licences whose full text stands in a file (or in a part of it, which begins at `offset`). */
export function licencesInText(file: PackageFile, text = file.text, offset = 0): FileLicences {
  const { matches, rest } = matchLicences(text);
  const lines = text.split(/\r\n?|\n/);
  const name = matches.length === 0 ? nameAlone(lines) : undefined;
  if (name) {
    const found = { file: file.path, digest: file.digest, line: offset + name.line + 1 };
    const evidence = {
      ...found,
      quote: quote(lines, name.line),
      licence: name.id,
      similarity: null,
    };
    return { licences: [[name.id]], unclear: false, evidence: [evidence] };
  }
  const evidence = matches.map(
    (match): Evidence => ({
      file: file.path,
      digest: file.digest,
      line: offset + match.line + 1,
      quote: quote(lines, match.line),
      licence: match.ids.join(" or "),
      // Rounded down: 1 means that every word is there.
      similarity: Math.floor(match.similarity * 1000) / 1000,
    }),
  );
  const words = rest.reduce((sum, part) => sum + part.text.split(" ").length, 0);
  const limiting = rest.find((part) => LIMITING.test(part.text));
  const odd = limiting ?? (words > MAX_REST || matches.length === 0 ? rest[0] : undefined);
  if (odd) {
    evidence.push({
      file: file.path,
      digest: file.digest,
      line: offset + odd.line + 1,
      quote: quote(lines, odd.line),
      licence: null,
      similarity: null,
    });
  }
  return { licences: matches.map((match) => match.ids), unclear: odd !== undefined, evidence };
}

/** A file that holds nothing but a licence's name, and copyright lines. */
function nameAlone(lines: readonly string[]): { id: string; line: number } | undefined {
  const said = lines.flatMap((line, number) =>
    /\w/.test(line) && !isCopyrightLine(line) ? [{ line, number }] : [],
  );
  const [only] = said;
  if (said.length !== 1 || !only) return undefined;
  const read = readLicence(only.line.replace(/[.:]\s*$/, ""));
  return read.is === "licence" && isLicenceId(read.id)
    ? { id: read.id, line: only.number }
    : undefined;
}

/** A line and those after it that fit into 160 characters. */
export function quote(lines: readonly string[], line: number): string {
  const text = lines
    .slice(line, line + 4)
    .filter((content) => !isCopyrightLine(content))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
