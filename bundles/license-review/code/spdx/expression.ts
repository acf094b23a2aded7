/** What a package says about its licence, read into a tree that the policy can judge. */

export type Expression =
  | Licence
  /** A choice: the user may take any one of the branches. */
  | { readonly is: "or"; readonly branches: readonly Expression[] }
  /** All of the branches apply at once. */
  | { readonly is: "and"; readonly branches: readonly Expression[] }
  /** A text with several meanings ("BSD"); it is only clear if all of them are judged alike. */
  | {
      readonly is: "ambiguous";
      readonly text: string;
      readonly why: string;
      readonly readings: readonly Expression[];
    }
  /** A text that names no licence which we know. */
  | { readonly is: "unknown"; readonly text: string; readonly why: string };

export interface Licence {
  readonly is: "licence";
  /** Current SPDX id, a `LicenseRef-…` (with `DocumentRef-…:` before it if it had one), or `UNLICENSED`. */
  readonly id: string;
  /** `+`: this version or any later one. */
  readonly orLater: boolean;
  /** SPDX id of the exception after `WITH`. */
  readonly exception: string | null;
}

export function licence(id: string, orLater = false, exception: string | null = null): Licence {
  return { is: "licence", id, orLater, exception };
}

/** Joins branches; one branch stays itself, and branches of the same kind are flattened. */
export function join(is: "and" | "or", parts: readonly Expression[]): Expression {
  const branches: Expression[] = [];
  const seen = new Set<string>();
  for (const part of parts.flatMap((part) => (part.is === is ? part.branches : [part]))) {
    const key = JSON.stringify(part);
    if (!seen.has(key)) branches.push(part);
    seen.add(key);
  }
  return branches.length === 1 && branches[0] ? branches[0] : { is, branches };
}

/** Writes an expression as SPDX does; texts that are no SPDX stand in quotes. */
export function formatExpression(expression: Expression): string {
  switch (expression.is) {
    case "licence": {
      const id = expression.orLater ? `${expression.id}+` : expression.id;
      return expression.exception ? `${id} WITH ${expression.exception}` : id;
    }
    case "or":
      return expression.branches.map(formatExpression).join(" OR ");
    case "and":
      return expression.branches
        .map((branch) =>
          branch.is === "or" ? `(${formatExpression(branch)})` : formatExpression(branch),
        )
        .join(" AND ");
    default:
      return JSON.stringify(expression.text);
  }
}

/** Ids of all licences in an expression; none for texts that are no clear word. */
export function idsOf(expression: Expression): string[] {
  if (expression.is === "licence") return [expression.id];
  if (expression.is === "or" || expression.is === "and") return expression.branches.flatMap(idsOf);
  return [];
}
