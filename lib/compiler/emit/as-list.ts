/**
 * JSONata yields nothing for no match, and no list for one: the constructor makes a list of either,
 * and leaves a list what it is. Only a list that is itself written with brackets would become the
 * one item of a list; parentheses hide them.
 */
export function asList(code: string): string {
  if (/^\$\w+$/.test(code)) return code;
  return code.trimStart().startsWith("[") ? `[(${code})]` : `[${code}]`;
}
