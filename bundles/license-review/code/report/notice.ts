/** The NOTICE file that ships with a build: who wrote what, under which licence, and its text. */
import list from "spdx-license-list/full.js";
import { idsOf } from "../spdx/expression.ts";
import { readExpression } from "../spdx/read-expression.ts";
import type { Decision } from "./decision.ts";

const RULE = "=".repeat(80);

/** Components by licence, then each licence's text once (the one of the SPDX list). */
export function renderNotice(subject: string, decisions: readonly Decision[]): string {
  const groups = new Map<string, Decision[]>();
  for (const decision of decisions) {
    const licence = decision.licence || "No licence declared";
    groups.set(licence, [...(groups.get(licence) ?? []), decision]);
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const ids = [...new Set(sorted.flatMap(([licence]) => licenceIds(licence)))].sort();
  return [
    "NOTICE",
    "",
    `${subject} contains the following components.`,
    "",
    ...sorted.flatMap(([licence, members]) => [RULE, licence, RULE, "", ...members.flatMap(entry)]),
    ...ids.flatMap((id) => [
      RULE,
      `Text of ${id}`,
      RULE,
      "",
      list[id]?.licenseText.trim() ?? "",
      "",
    ]),
  ].join("\n");
}

function entry({ component, copyright }: Decision): string[] {
  return [component, ...copyright.map((line) => `    ${line.replace(/\s+/g, " ")}`), ""];
}

/** Ids in an expression whose texts the SPDX list has; exceptions have none there. */
function licenceIds(licence: string): string[] {
  const expression = readExpression(licence);
  return expression ? idsOf(expression).filter((id) => list[id]) : [];
}
