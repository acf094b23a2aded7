/** What a person reads when a value does not fit a contract. */
import type * as z from "zod";
import { StepError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Redactor } from "./redaction.ts";

const MAX_PROBLEMS = 10;
const MAX_FOUND = 80;

type Issue = z.core.$ZodIssue;

/**
 * `Contract.InputInvalid` or `Contract.OutputInvalid`: one line a problem, with the place in the
 * value, what was expected and what was found (scalars only, cut at 80 characters, masked where the
 * contract classes them). `details.problems` holds the same as data.
 */
export function contractViolation(
  side: "input" | "output",
  step: string,
  issues: readonly Issue[],
  value: unknown,
  redactor: Redactor,
): StepError {
  const problems = issues.flatMap(nearest).map((issue) => describe(issue, value, redactor));
  const shown = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length - shown.length;
  const lines = [
    side === "input"
      ? `The input of step "${step}" does not fit its contract:`
      : `Step "${step}" has returned what does not fit its contract:`,
    ...shown.map(({ path, expected, found }) => `  ${path}: ${expected}, found ${found}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
  return new StepError(
    side === "input" ? "Contract.InputInvalid" : "Contract.OutputInvalid",
    lines.join("\n"),
    { step, problems: shown },
  );
}

/** Of a union, what is wrong with the alternative that comes nearest: deepest, then fewest problems. */
function nearest(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  const [best] = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  const isOneOfMany = best === undefined || depth(best) === 0;
  if (isOneOfMany) return [issue];
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(nearest);
}

function describe(issue: Issue, root: unknown, redactor: Redactor) {
  const value = issue.path.reduce<unknown>(
    (parent, key) =>
      typeof parent === "object" && parent !== null
        ? (parent as { [key: PropertyKey]: unknown })[key]
        : undefined,
    root,
  );
  const last = issue.path.at(-1);
  return {
    path: redactor.text(placeOf(issue.path)),
    expected: redactor.text(expectation(issue)),
    found: found(value, typeof last === "string" ? last : undefined, redactor),
  };
}

function expectation(issue: Issue): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return [...new Set(issue.errors.flat().map(expectation))].join(" or ");
  }
  // zod says "Invalid input: expected string, received number"; what was received we say ourselves.
  return issue.message.replace(/^Invalid input: /, "").replace(/, received .*$/s, "");
}

function found(value: unknown, name: string | undefined, redactor: Redactor): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    return `an object with ${Object.keys(value).length} properties`;
  }
  // Under its name, because a marked property is masked whatever it holds.
  const masked =
    name === undefined ? redactor.value(value) : memberOf(redactor.value({ [name]: value }));
  const text = JSON.stringify(masked);
  return text.length > MAX_FOUND ? `${text.slice(0, MAX_FOUND)}…` : text;
}

function memberOf(value: unknown): unknown {
  return Object.values(value as JsonObject)[0] ?? null;
}

/** `["packages", 3, "name"]` → `.packages[3].name`; the value itself is `(all)`. */
function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "(all)";
  return path
    .map((part) => {
      if (typeof part === "number") return `[${part}]`;
      const name = String(part);
      return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    })
    .join("");
}
