import { realpathSync } from "node:fs";
import type { ErrorObject, ValidateFunction } from "ajv";
import { createAjv } from "../../../manifest/json-validator.ts";
import type { Json } from "../../../runtime/json.ts";
import { readValue } from "../read-beside.ts";

/** Validators by file: a suite asks for the same few again and again. */
const known = new Map<string, Promise<ValidateFunction>>();

/** Rejects with the reason if there is no JSON Schema in this file of the bundle's folder. */
export function compileSchema(bundle: string, path: string): Promise<ValidateFunction> {
  const key = `${bundle}\n${path}`;
  const compiled = known.get(key) ?? compile(bundle, path);
  known.set(key, compiled);
  compiled.catch(() => known.delete(key));
  return compiled;
}

async function compile(bundle: string, path: string): Promise<ValidateFunction> {
  const schema = await readValue(realpathSync(bundle), path);
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw new Error("a JSON Schema is a mapping");
  }
  return createAjv().compile(schema);
}

/** What is wrong with the value, in one sentence; undefined: nothing. */
export function schemaProblem(validate: ValidateFunction, value: Json): string | undefined {
  if (validate(value)) return undefined;
  const errors: readonly ErrorObject[] = validate.errors ?? [];
  const said = errors.slice(0, 3).map(({ instancePath, message }) => {
    return `${instancePath === "" ? "it" : instancePath} ${message ?? "does not fit"}`;
  });
  const more = errors.length - said.length;
  return said.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
