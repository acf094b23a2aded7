import { nearest } from "../nearest.ts";
import { type Category, COMPONENT_KINDS } from "./kinds.ts";

/** ESP851, about an alias that is not among those of its category. */
export function unknownAlias(category: Category, alias: string, known: readonly string[]) {
  const near = nearest(alias, known);
  return {
    code: "ESP851" as const,
    message: `nothing under uses.${category} is called "${alias}"`,
    hint: near
      ? `Did you mean "${near}"?`
      : known.length > 0
        ? `There ${known.length > 1 ? "are" : "is"} ${known.join(", ")}.`
        : `Say in workflow.yaml which ${COMPONENT_KINDS[category].kind} it is: uses: { ${category}: { ${alias}: ^1.0.0 } }.`,
  };
}
