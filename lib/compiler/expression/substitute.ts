/** Rewrites the names that an expression reads, by their positions; strings and locals stay as they are. */
import type { Parsed, Use } from "./parse.ts";

/** What stands for a name, and how many of the field names behind it are thereby spoken for. */
export interface Replacement {
  readonly text: string;
  readonly fields: number;
}

/** The code with each use replaced for which `replace` has something. */
export function substitute(parsed: Parsed, replace: (use: Use) => Replacement | undefined): string {
  let code = "";
  let from = 0;
  for (const use of parsed.uses) {
    const replacement = replace(use);
    if (replacement === undefined) continue;
    code += parsed.code.slice(from, use.start) + replacement.text;
    from = use.path[replacement.fields - 1]?.end ?? use.end;
  }
  return code + parsed.code.slice(from);
}
