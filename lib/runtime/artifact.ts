/**
 * `artifact()`: a contract's word for a document that may be large. In a state machine it travels as a
 * reference (or, if it is small, inline); the handler gets a handle and never sees the difference.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import * as z from "zod";
import {
  type ArtifactHandle,
  inlineArtifact,
  isHandle,
  storedArtifact,
} from "./artifact-handle.ts";
import type { Json } from "./json.ts";
import type { ArtifactRef, Artifacts } from "./ports.ts";

export type ArtifactSchema = z.ZodType<ArtifactHandle, ArtifactRef | ArtifactHandle>;

/** Which boundary is being parsed: inputs may be inline, outputs are stored. */
interface Scope {
  readonly side: "input" | "output";
  readonly artifacts: Pick<Artifacts, "open">;
}

const scope = new AsyncLocalStorage<Scope>();

/** Parses with `artifact()` bound to a store. Only the step wrapper calls this. */
export function parseWithArtifacts<T>(
  side: Scope["side"],
  artifacts: Pick<Artifacts, "open">,
  parse: () => Promise<T>,
): Promise<T> {
  return scope.run({ side, artifacts }, parse);
}

const Reference = z.object({
  $artifact: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  mediaType: z.string(),
  name: z.string().exactOptional(),
}) satisfies z.ZodType<ArtifactRef>;

const EXPECTED = {
  input: "expected an artifact: a reference to one, or the document itself",
  output: "expected an artifact: what `artifacts.put(...)` returned, or an artifact of the input",
};

/**
 * The schema of a document. In an input it takes a reference or any inline JSON value (a string is
 * text, everything else is JSON); in an output what `artifacts.put` gave, or a handle of the input.
 */
export function artifact(): ArtifactSchema {
  const present = z.custom<unknown>((value) => value !== undefined, EXPECTED.input);
  const handle = z.transform((value: unknown, context) => {
    const { side, artifacts } = scope.getStore() ?? { side: "input", artifacts: nowhere };
    if (isHandle(value)) return value;
    const reference = Reference.safeParse(value);
    if (reference.success) return storedArtifact(reference.data, artifacts);
    if (side === "input" && !looksLikeReference(value)) return inlineArtifact(value as Json);
    context.addIssue({ code: "custom", message: EXPECTED[side], input: value });
    return z.NEVER;
  });
  // On these very instances: `.meta()` would mark copies, and leave their parents unmarked.
  for (const schema of [present, handle]) z.globalRegistry.add(schema, { "x-artifact": true });
  return z.pipe(present, handle) as z.ZodType as ArtifactSchema;
}

/** A broken reference is a mistake; it must not pass as an inline document. */
function looksLikeReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && "$artifact" in value;
}

const nowhere: Pick<Artifacts, "open"> = {
  open: () => {
    throw new TypeError(
      "This artifact was parsed outside of a step; there is no store to read from.",
    );
  },
};
