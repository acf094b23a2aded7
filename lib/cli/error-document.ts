import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { Failure } from "./failure.ts";

/** What `--json` prints instead of a result: `{ error: { code, message, hint, diagnostics? } }`. */
export function errorDocument(failure: Failure): Json {
  return {
    error: {
      code: failure.code,
      message: failure.message,
      hint: failure.hint ?? null,
      ...(failure.diagnostics && { diagnostics: failure.diagnostics.map(diagnosticDocument) }),
    },
  };
}

/** A finding as plain JSON. */
export function diagnosticDocument(diagnostic: Diagnostic): JsonObject {
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    hint: diagnostic.hint ?? null,
    place: diagnostic.place === undefined ? null : { ...diagnostic.place },
  };
}
