/** References to components: `uses` of a manifest, and `bindings` of an environment. */
import { z } from "zod";
import { issue } from "../issue.ts";
import { quoted } from "../quoted.ts";
import { WorkflowName } from "../values.ts";
import { isVersionReference, VersionReference } from "../version.ts";
import { CATEGORIES, type Category } from "./kinds.ts";

const NAME = "[a-z][a-z0-9-]{0,40}";
const BINDING = new RegExp(`^([a-z]+)\\.(${NAME})$`);
const BOUND = new RegExp(`^(${NAME})@(.+)$`);

/** `models.reader`: a category and a key of an environment's bindings. */
const Bind = z
  .string()
  .describe("CATEGORY.KEY of the environment's bindings: models.reader.")
  .meta({ pattern: BINDING.source })
  .check((ctx) => {
    if (BINDING.test(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP804",
        message: `${quoted(ctx.value)} names no binding`,
        hint: "Write CATEGORY.KEY, as the environment has them under `bindings`: models.reader.",
      }),
    );
  });

/** What the component named like the alias has to satisfy, or a binding. */
export const ComponentReference = z.union([VersionReference, z.strictObject({ bind: Bind })]);
export type ComponentReference = z.infer<typeof ComponentReference>;

/** `COMPONENT@RANGE`, or `COMPONENT@sha256:…`. */
const BoundComponent = z
  .string()
  .describe("COMPONENT@RANGE: small-reader@^2.1.0.")
  .check((ctx) => {
    const wanted = BOUND.exec(ctx.value)?.[2];
    if (wanted !== undefined && isVersionReference(wanted)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP804",
        message: `${quoted(ctx.value)} is not what a binding can be`,
        hint: "Write the component's name, @, and a version or a range: small-reader@^2.1.0.",
      }),
    );
  });

export const Uses = byCategory(z.record(WorkflowName, ComponentReference));
export type Uses = z.infer<typeof Uses>;

/** What `bind: CATEGORY.KEY` means in an environment. */
export const Bindings = byCategory(z.record(WorkflowName, BoundComponent));
export type Bindings = z.infer<typeof Bindings>;

function byCategory<T>(entries: z.ZodType<T>) {
  const shape = Object.fromEntries(CATEGORIES.map((category) => [category, entries.optional()]));
  return z.strictObject(shape as Record<Category, z.ZodOptional<z.ZodType<T>>>);
}

/** Category and key of a binding that the grammar let through. */
export function readBinding(bind: string): { readonly category: string; readonly key: string } {
  const [, category = "", key = ""] = BINDING.exec(bind) ?? [];
  return { category, key };
}

/** Name of a bound component that the grammar let through, and what it has to satisfy. */
export function readBound(text: string): { readonly name: string; readonly wanted: string } {
  const [, name = "", wanted = ""] = BOUND.exec(text) ?? [];
  return { name, wanted };
}
