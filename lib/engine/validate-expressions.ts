/** Whether the JSONata expressions of a state parse, and read only what is there for them. */

import type { Json, JsonObject } from "./json.ts";
import { expressionIn, parseExpression, variablesIn } from "./query/expression.ts";
import type { Problem } from "./validate-fields.ts";

/** Graphs inside the state are checked on their own; names and comments hold no expressions. */
const SKIPPED = new Set([
  "Branches",
  "ItemProcessor",
  "Iterator",
  "Comment",
  "Type",
  "Next",
  "Resource",
]);

export function checkExpressions(state: JsonObject, at: string, problems: Problem[]): void {
  for (const [field, value] of Object.entries(state)) {
    if (!SKIPPED.has(field)) visit(value, `${at}/${field}`, problems);
  }
}

function visit(value: Json, at: string, problems: Problem[]): void {
  if (typeof value === "string") {
    const source = expressionIn(value);
    if (source !== undefined) checkExpression(source, at, problems);
  } else if (Array.isArray(value)) {
    for (const [i, item] of (value as readonly Json[]).entries()) {
      visit(item, `${at}[${i}]`, problems);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) visit(item, `${at}/${key}`, problems);
  }
}

function checkExpression(source: string, location: string, problems: Problem[]): void {
  try {
    const parsed = parseExpression(source);
    for (const name of topLevelNames(parsed.ast())) {
      problems.push({
        code: "UNSUPPORTED_JSONATA_EXPRESSION",
        message: `Reference to '${name}' at the top level is not supported.`,
        location,
      });
    }
    if (variablesIn(parsed).has("$")) {
      problems.push({
        code: "UNSUPPORTED_JSONATA_EXPRESSION",
        message: "Reference to '$$' is not supported.",
        location,
      });
    }
  } catch (thrown) {
    const { message } = thrown as { message?: unknown };
    problems.push({ code: "INVALID_JSONATA_EXPRESSION", message: String(message), location });
  }
}

/** Where an expression that is evaluated without a context item starts from a bare name. */
function topLevelNames(ast: unknown): readonly string[] {
  if (typeof ast !== "object" || ast === null) return [];
  const node = ast as Record<string, unknown>;
  switch (node.type) {
    case "name":
      return [String(node.value)];
    case "path":
      // Only the first step sees the missing context; the others have what came before.
      return topLevelNames((node.steps as unknown[] | undefined)?.[0]);
    case "binary":
    case "bind":
    case "apply":
    case "condition":
      return ["lhs", "rhs", "condition", "then", "else"].flatMap((part) =>
        part === "lhs" && Array.isArray(node.lhs) ? [] : topLevelNames(node[part]),
      );
    case "block":
      return (node.expressions as unknown[] | undefined)?.flatMap(topLevelNames) ?? [];
    case "function":
      return (node.arguments as unknown[] | undefined)?.flatMap(topLevelNames) ?? [];
    default:
      return [];
  }
}
