/**
 * What of an agent's claim code can prove. A model may be wrong, and a package may have told it what to
 * say: so its word counts for nothing, and only what it points at does. Pure: no network, no clock.
 */
import { isClear, manifestLicence } from "../package/conclude-files.ts";
import { isLicenceFile, type PackageFile } from "../package/fetch-package.ts";
import { LIMITING, licencesInText } from "../package/file-licences.ts";
import { licenceSection } from "../package/readme-licence.ts";
import { type Expression, formatExpression, idsOf } from "../spdx/expression.ts";
import { isLicenceId } from "../spdx/licence-ids.ts";
import { readExpression } from "../spdx/read-expression.ts";
import { readLicence } from "../spdx/read-licence.ts";
import { coverLicences } from "../text/match-licences.ts";
import type { Claim } from "./claim.ts";
import { findQuote } from "./find-quote.ts";
import { withoutHarmless } from "./harmless.ts";

export interface ClaimedFiles {
  /** The file that the claim names, if the package has it and it is a text. */
  readonly quoted: PackageFile | undefined;
  /** Those that speak of the licence: package.json, README, licence files in whatever folder. */
  readonly files: readonly PackageFile[];
  /** What the SBOM says. */
  readonly declared: Expression;
}

export type Verified =
  | { readonly ok: true; readonly licence: Expression; readonly line: number; readonly why: string }
  /** `line`: where the quote stands, if it does. */
  | { readonly ok: false; readonly why: string; readonly line: number | null };

/** To prove a licence that is named takes less than to find one among six hundred. */
const MIN_SIMILARITY = 0.8;
/** Words beside the licences' texts: titles, names, where the project lives. */
const MAX_REST = 60;
/** Words that speak of something else than this package's own licence. */
const OTHERS = /\b(?:third part(?:y|ies)|bundle[ds]?|externally|deriv(?:ed|ative)|portions)\b/;

export function verifyClaim(claim: Claim, { quoted, files, declared }: ClaimedFiles): Verified {
  const fails = (why: string, line: number | undefined = undefined): Verified => ({
    ok: false,
    why,
    line: line ?? null,
  });
  const place = quoted && findQuote(quoted.text, claim.quote);
  if (claim.verdict === "unclear") {
    return fails(`unclear to the agent too: ${claim.reason}`, place?.line);
  }
  if (!quoted) return fails(`the package has no text file ${JSON.stringify(claim.path)}`);
  if (!place) return fails(`the quote does not stand in ${quoted.path}`);
  const { line } = place;
  const licence = claim.expression === null ? undefined : readExpression(claim.expression);
  if (!licence) return fails(`${JSON.stringify(claim.expression)} is no SPDX expression`, line);
  const ids = idsOf(licence);
  const foreign = ids.find((id) => !isLicenceId(id));
  if (foreign) return fails(`${foreign} is no licence of the SPDX list`, line);
  if (hasChoice(licence) && !CHOICE.test(claim.quote)) {
    return fails("that one may choose is claimed, and the quote does not say so", line);
  }
  const problem =
    contradiction(ids, files, declared) ??
    (isLicenceFile(quoted.path)
      ? textProblem(licenceFiles(files), ids)
      : statementProblem(claim.quote, licence, quoted, files));
  if (problem !== undefined) return fails(problem, line);
  const why = `the quote stands in ${quoted.path}:${line}, which shows ${formatExpression(licence)}`;
  return { ok: true, licence, line, why };
}

/** All that apply together is the careful reading; a choice has to be granted. */
const CHOICE = /\b(?:either|cho(?:ice|ose)|option|dual[- ]licen[sc]ed)\b/i;

function hasChoice(expression: Expression): boolean {
  if (expression.is === "and") return expression.branches.some(hasChoice);
  return expression.is === "or";
}

/** What is declared, and what other licence files say, must not speak against it. */
function contradiction(
  ids: readonly string[],
  files: readonly PackageFile[],
  declared: Expression,
): string | undefined {
  for (const claim of [declared, manifestLicence(files)?.licence]) {
    if (!claim || !isClear(claim)) continue;
    const said = idsOf(claim);
    const isKept = said.some((id) => ids.includes(id));
    if (!isKept) return `${formatExpression(claim)} is declared, not ${ids.join(", ")}`;
  }
  for (const file of licenceFiles(files)) {
    const left = licencesInText(file).licences.find(
      (found) => !found.some((id) => ids.includes(id)),
    );
    if (left) return `${file.path} holds the text of ${left.join(" or ")} too`;
  }
  return undefined;
}

/** Together the licence files must be the claimed licences' texts, and each hardly anything else. */
function textProblem(files: readonly PackageFile[], ids: readonly string[]): string | undefined {
  const covers = files.map(({ path, text }) => ({ path, ...coverLicences(text, ids) }));
  const missing = ids.find((id) =>
    covers.every(({ similarity }) => (similarity.get(id) ?? 0) < MIN_SIMILARITY),
  );
  if (missing) return `no licence file is the text of ${missing}`;
  for (const { path, rest } of covers) {
    const left = withoutHarmless(rest.map(({ text }) => text));
    const limiting = left.find((text) => LIMITING.test(text) || OTHERS.test(text));
    if (limiting) return `${path} says more than the licence: "${limiting.slice(0, 90)}"`;
    const words = left.join(" ").split(" ").filter(Boolean).length;
    if (words > MAX_REST) return `${path} has ${words} words beside the licence`;
  }
  return undefined;
}

function licenceFiles(files: readonly PackageFile[]): readonly PackageFile[] {
  return files.filter(({ path }) => isLicenceFile(nameOf(path)));
}

/** Elsewhere only a statement counts that says nothing but the licence, where one is to be expected. */
function statementProblem(
  quote: string,
  licence: Expression,
  { path, text }: PackageFile,
  files: readonly PackageFile[],
): string | undefined {
  const [binding] = licenceFiles(files);
  if (binding?.path === path) return `${path} is the licence of a part of the package only`;
  if (binding) return `${path} does not bind: there is ${binding.path}`;
  const tag = /SPDX-License-Identifier:\s*([^\n*]+)/.exec(quote)?.[1]?.trim();
  if (tag !== undefined) return isSame(tag, licence) ? undefined : `the quote says ${tag}`;
  const section = /^readme/i.test(path) ? licenceSection(text)?.text : undefined;
  if (section === undefined || !findQuote(section, quote)) {
    return `${path} is no place where a package declares its licence`;
  }
  const statement = quote
    .replace(/[*_`[\]]|\(https?:[^)]*\)/g, "")
    .replace(
      /^.*\b(?:licen[sc]ed|released|available|distributed) under (?:the )?(?:terms of )?(?:the )?/is,
      "",
    )
    .replace(/[\s.]+$/, "")
    .replace(/ licen[sc]e$/i, "");
  return isSame(statement, licence) ? undefined : "the quote does not name this licence alone";
}

function isSame(text: string, licence: Expression): boolean {
  return formatExpression(readLicence(text)) === formatExpression(licence);
}

/** Of a file, without its folders. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
