/** JSONata between `{%` and `%}`: where it may stand, and what lies between. */

/** Characters before the code of an expression: offsets within code plus this are offsets within the string. */
export const EXPRESSION_OFFSET = 2;

/** True if the whole string is one expression; as in Step Functions, nothing may stand around it. */
export function isExpression(text: string): boolean {
  return text.length >= 4 && text.startsWith("{%") && text.endsWith("%}");
}

/** The JSONata code of a string for which `isExpression` holds. */
export function expressionCode(text: string): string {
  return text.slice(EXPRESSION_OFFSET, -2);
}

/** True if a string looks as if somebody meant an expression, but Step Functions would take it as text. */
export function isBrokenExpression(text: string): boolean {
  if (isExpression(text)) return false;
  const open = text.indexOf("{%");
  return open >= 0 && (text.indexOf("%}", open + 2) >= 0 || text.trimStart().startsWith("{%"));
}
