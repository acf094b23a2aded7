/** The small values that a manifest is made of: names, paths, durations, expressions. */
import * as z from "zod";
import { DURATION_PATTERN, MAX_DURATION_SECONDS, parseDuration } from "./duration.ts";
import { isBrokenExpression, isExpression } from "./expression.ts";
import { issue } from "./issue.ts";
import { quoted } from "./quoted.ts";

/** A JSON value; strings within may be expressions. Same shape as `lib/runtime/json.ts`. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Names that mean something else inside expressions, and so cannot name a step or an item. */
export const RESERVED_NAMES = [
  "input",
  "run",
  "config",
  "states",
  "event",
  "iteration",
  "error",
] as const;

/** For schemas that editors read; `isExpression` is the judge. */
const EXPRESSION_PATTERN = "^\\{%[\\s\\S]*%\\}$";

function name(pattern: RegExp, rule: string, reserved: readonly string[] = []) {
  return z
    .string()
    .describe(rule)
    .meta({ pattern: pattern.source })
    .check((ctx) => {
      const text = ctx.value;
      if (reserved.includes(text)) {
        ctx.issues.push(
          issue(text, {
            code: "ESP209",
            message: `"${text}" is reserved and cannot be a name here`,
            hint: `Expressions use these for other things: ${reserved.join(", ")}.`,
          }),
        );
      } else if (!pattern.test(text)) {
        ctx.issues.push(
          issue(text, {
            code: "ESP210",
            message: `${quoted(text)} cannot be a name here`,
            hint: rule,
          }),
        );
      }
    });
}

/** Name of a step, of a branch, of a map's item: becomes a state's name and a variable's. */
export const Id = name(
  /^[A-Za-z][A-Za-z0-9_]{0,63}$/,
  "A letter, then letters, digits and underscores; at most 64 in all.",
  RESERVED_NAMES,
);

/** Name of a workflow, of a bundle, of a trigger. */
export const WorkflowName = name(
  /^[a-z][a-z0-9-]{0,40}$/,
  "A lower-case letter, then lower-case letters, digits and dashes; at most 41 in all.",
);

/** Messages of zod's that `grammar.ts` reads: what a number or a boolean should have been. */
export const INSTEAD_OF_TEXT = {
  duration: "duration",
  expression: "expression",
  rate: "rate",
} as const;

function durationIssue(text: string, max: number, limit: string): z.core.$ZodRawIssue | undefined {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds <= max) return undefined;
  return issue(text, {
    code: "ESP211",
    message:
      seconds === undefined
        ? `${quoted(text)} is no duration`
        : `${text} is too long: at most ${limit} is possible here`,
    hint: "A duration is a whole number and one of s, m, h, d: 30s, 5m, 12h, 7d.",
  });
}

function durationField(limit: string) {
  return z
    .string(INSTEAD_OF_TEXT.duration)
    .describe(`A whole number and s, m, h or d, for example 30s or 7d; at most ${limit}.`)
    .meta({ pattern: DURATION_PATTERN.source });
}

/** A duration, `30s` to `365d`; parsed to seconds. `max` in seconds, `limit` the same in words. */
export function duration(max: number = MAX_DURATION_SECONDS, limit = "365d") {
  return durationField(limit).transform((text, ctx) => {
    const wrong = durationIssue(text, max, limit);
    if (wrong === undefined) return parseDuration(text) ?? 0;
    ctx.issues.push(wrong);
    return z.NEVER;
  });
}

/** A duration that stays text. */
export function durationText() {
  return durationField("365d").check((ctx) => {
    const wrong = durationIssue(ctx.value, MAX_DURATION_SECONDS, "365d");
    if (wrong) ctx.issues.push(wrong);
  });
}

/** A string that must be an expression. */
export const Expression = z
  .string(INSTEAD_OF_TEXT.expression)
  .describe("JSONata between {% and %}.")
  .meta({ pattern: EXPRESSION_PATTERN })
  .check((ctx) => {
    if (isExpression(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP214",
        message: `an expression between {% and %} is expected here, found text`,
        hint: isBrokenExpression(ctx.value)
          ? "Nothing may stand before {% or after %}; in a block scalar use |- or >-."
          : `Write "{% ${ctx.value.trim().slice(0, 40)} %}".`,
      }),
    );
  });

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A time (ISO 8601 with zone) or an expression that yields one. */
export const TimeOrExpression = z
  .string()
  .describe("A time such as 2027-01-31T09:00:00Z, or an expression that yields one.")
  .check((ctx) => {
    const text = ctx.value;
    if (isExpression(text) || (ISO_TIME.test(text) && !Number.isNaN(Date.parse(text)))) return;
    ctx.issues.push(
      issue(text, {
        code: "ESP204",
        message: `${quoted(text)} is neither a time nor an expression`,
        hint: "Write a time with its zone, 2027-01-31T09:00:00Z, or an expression that yields one.",
      }),
    );
  });

/** A duration (parsed to seconds) or an expression (kept) that yields seconds. */
export const WaitText = z
  .string(INSTEAD_OF_TEXT.duration)
  .describe("A duration such as 30s, or an expression that yields seconds.")
  .meta({ pattern: `${DURATION_PATTERN.source}|${EXPRESSION_PATTERN}` })
  .transform((text, ctx): number | string => {
    if (isExpression(text)) return text;
    const seconds = parseDuration(text);
    if (seconds !== undefined) return seconds;
    ctx.issues.push(
      issue(text, {
        code: "ESP211",
        message: `${quoted(text)} is neither a duration nor an expression`,
        hint: "Write 30s, 5m, 12h or 7d; or an expression that yields seconds.",
      }),
    );
    return z.NEVER;
  });

function brokenExpressions(
  value: unknown,
  path: (string | number)[],
  found: (typeof path)[],
): void {
  if (typeof value === "string") {
    if (isBrokenExpression(value)) found.push(path);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      brokenExpressions(item, [...path, index], found);
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      brokenExpressions(item, [...path, key], found);
    }
  }
}

/** Any JSON; each string in it is wholly an expression or plain text. */
export const Value = z
  .custom<Json>((value) => value !== undefined)
  .describe("Any JSON; a string in it may be an expression.")
  .check((ctx) => {
    const found: (string | number)[][] = [];
    brokenExpressions(ctx.value, [], found);
    for (const path of found) {
      ctx.issues.push(
        issue(
          ctx.value,
          {
            code: "ESP215",
            message: "a string is either wholly an expression or wholly text, found both",
            hint: "Join text inside the expression: \"{% 'Hello ' & $input.name %}\". In a block scalar use |- or >-.",
          },
          path,
        ),
      );
    }
  });

/** True if a path stays inside the folder it is relative to; no file is looked at. */
export function staysInside(path: string): boolean {
  return (
    path.length > 0 &&
    path.length <= 200 &&
    !/^[/~]|^[A-Za-z]:|[\\\p{Cc}]/u.test(path) &&
    path.split("/").every((segment) => !["", ".", ".."].includes(segment))
  );
}

/** Path of a file inside the bundle, with forward slashes; `extensions` without dots. */
export function bundlePath(extensions: readonly string[] = []) {
  return z
    .string()
    .describe(
      `A path inside the bundle${extensions.length > 0 ? `, ending in .${extensions.join(", .")}` : ""}.`,
    )
    .check((ctx) => {
      const path = ctx.value;
      if (!staysInside(path)) {
        ctx.issues.push(
          issue(path, {
            code: "ESP702",
            message: `${quoted(path)} is not a path inside the bundle`,
            hint: "Use a relative path with forward slashes and without ., .. or empty parts: code/step.ts.",
          }),
        );
      } else if (
        extensions.length > 0 &&
        !extensions.some((extension) => path.endsWith(`.${extension}`))
      ) {
        ctx.issues.push(
          issue(path, {
            code: "ESP204",
            message: `${quoted(path)} should end in .${extensions.join(" or .")}`,
          }),
        );
      }
    });
}
