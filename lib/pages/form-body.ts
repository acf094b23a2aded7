/** Fields of a form that was posted: each once, none that the form does not have, none too long. */
import type { Context } from "hono";

/** Bytes of a form: a reason, and what may be changed of a proposal. */
export const MAX_FORM_BYTES = 256 * 1024;
const MAX_FIELDS = 120;

export class FormRefused extends Error {
  override readonly name = "FormRefused";
  readonly status: 400 | 415;

  constructor(status: 400 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** Throws `FormRefused`. */
export async function readForm(
  context: Context,
  isKnown: (name: string) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const type = (context.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new FormRefused(415, "Only what the form on the page sends is taken.");
  }
  const fields = [...new URLSearchParams(await context.req.text())];
  const names = new Set(fields.map(([name]) => name));
  if (fields.length > MAX_FIELDS || names.size !== fields.length) {
    throw new FormRefused(400, "The form holds a field twice, or too many.");
  }
  if (!fields.every(([name]) => isKnown(name))) {
    throw new FormRefused(400, "The form holds a field that the page does not have.");
  }
  return new Map(fields);
}
