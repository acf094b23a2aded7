/** Which kind of step a node is: exactly one of its keys says so. */
import type { z } from "zod";
import { issue } from "./issue.ts";
import { nearest } from "./nearest.ts";

export const KINDS = [
  "task",
  "model",
  "agent",
  "retrieve",
  "memory",
  "prompt",
  "approval",
  "set",
  "wait",
  "emit",
  "workflow",
  "fail",
  "succeed",
  "switch",
  "parallel",
  "map",
  "repeat",
] as const;
export type Kind = (typeof KINDS)[number];

/** Kinds that the design knows and that this version refuses. */
export const LATER_KINDS = ["entitlement", "aws", "http"] as const;

const isKind = (key: string): key is Kind => (KINDS as readonly string[]).includes(key);
const isLater = (key: string): boolean => (LATER_KINDS as readonly string[]).includes(key);

/** Kinds whose word is also a key of other steps: a task's size of memory, a model's prompt. */
const PARTS: Readonly<Record<string, Kind>> = { memory: "task", prompt: "model" };
const isPart = (key: string, keys: readonly string[]): boolean => keys.includes(PARTS[key] ?? "");

/**
 * Adds `kind` to a step as written, so that the schema of that kind reads it. A step of no kind, of
 * two, or of a later one becomes an issue instead; other values pass, for the schema to refuse.
 */
export function addKind(value: unknown, ctx: z.core.ParsePayload): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    ctx.issues.push(
      issue(value, {
        code: "ESP203",
        message: "a step is expected here: a mapping with an id and a kind",
        hint: "For example: { id: first, task: code/first.ts }.",
      }),
    );
    return value;
  }
  const keys = Object.keys(value);
  for (const key of keys.filter(isLater)) {
    ctx.issues.push(
      issue(
        value,
        {
          code: "ESP901",
          message: `steps of kind "${key}" are not yet supported`,
          hint: `Supported are ${KINDS.join(", ")}.`,
          atKey: true,
        },
        [key],
      ),
    );
  }
  const kinds = keys.filter((key) => isKind(key) && !isPart(key, keys)) as Kind[];
  const [kind, ...more] = kinds;
  for (const key of more) {
    ctx.issues.push(
      issue(
        value,
        {
          code: "ESP206",
          message: `a step has one kind, but this one is both "${kind}" and "${key}"`,
          hint: "Make two steps of it; they run in the order of the list.",
          atKey: true,
        },
        [key],
      ),
    );
  }
  if (ctx.issues.length > 0) return value;
  if (kind === undefined) {
    const known = new Set([
      "id",
      "description",
      "if",
      "with",
      "retry",
      "timeout",
      "catch",
      "steps",
    ]);
    const meant = keys
      .filter((key) => !known.has(key))
      .map((key) => nearest(key, KINDS))
      .find((near) => near !== undefined);
    ctx.issues.push(
      issue(value, {
        code: "ESP205",
        message: "this step has no kind",
        hint: meant
          ? `Did you mean "${meant}"?`
          : `One of its keys must be ${KINDS.slice(0, -1).join(", ")} or ${KINDS.at(-1)}.`,
      }),
    );
    return value;
  }
  // `kind` itself is no key of the grammar: one that a person wrote is kept aside, to be refused.
  const { kind: written, ...rest } = value as Record<string, unknown>;
  return written === undefined ? { ...rest, kind } : { ...rest, kind, "kind ": written };
}
