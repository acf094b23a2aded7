import parse from "spdx-expression-parse";
import { type Expression, join, licence } from "./expression.ts";
import { renew, spellId } from "./licence-ids.ts";

/** Longer texts are no licence expressions, and the parser recurses. */
const MAX_LENGTH = 4096;

/**
 * Reads an SPDX licence expression (SPDX 2.3, annex D). Ids and operators in any case; deprecated
 * ids become the ones in force. Returns undefined if the text is no such expression.
 */
export function readExpression(text: string): Expression | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    return convert(parse(canonical(text)));
  } catch {
    // Its errors speak of tokens; the caller has better words for what a text is instead.
    return undefined;
  }
}

/** The parser knows ids only in SPDX's own spelling, and blanks only as spaces. */
function canonical(text: string): string {
  return text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/[A-Za-z0-9.-]+/g, (word) => {
      if (/^(documentref|licenseref)-/i.test(word)) {
        return word
          .replace(/^documentref-/i, "DocumentRef-")
          .replace(/^licenseref-/i, "LicenseRef-");
      }
      return spellId(word) ?? word;
    });
}

function convert(parsed: ReturnType<typeof parse>): Expression {
  if ("conjunction" in parsed) {
    return join(parsed.conjunction, [convert(parsed.left), convert(parsed.right)]);
  }
  const exception = parsed.exception ?? null;
  return parsed.license.includes("LicenseRef-")
    ? licence(parsed.license, false, exception)
    : renew(parsed.license, parsed.plus === true, exception);
}
