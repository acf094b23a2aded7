/** Validating JSON against JSON Schemas. Free of YAML, as deployed functions carry this file. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { isSchemaObject } from "./schema-walk.ts";
import type { Json } from "./values.ts";

/** A validator for schemas of people: draft 2020-12 with its formats; nothing is written to the console. */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, verbose: true });
  addFormats.default(ajv);
  return ajv;
}

/** A JSON pointer as a path; numbers where the value has lists. */
export function pathOf(pointer: string, root: Json): (string | number)[] {
  const path: (string | number)[] = [];
  let value: Json | undefined = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(value)) {
      path.push(Number(key));
      value = value[Number(key)];
    } else {
      path.push(key);
      value = isSchemaObject(value) ? value[key] : undefined;
    }
  }
  return path;
}
