/** Collects findings; each is reported once, in the order of the file. */
import type { DiagnosticCode } from "../../manifest/codes.ts";
import type { Diagnostic, Place } from "../../manifest/diagnostic.ts";

export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly severity?: Diagnostic["severity"];
}

export class Report {
  readonly #found = new Map<string, Diagnostic>();

  add({ code, message, hint, severity = "error" }: Finding, place: Place): void {
    const key = `${code} ${place.line}:${place.column} ${message}`;
    if (this.#found.has(key)) return;
    this.#found.set(key, { code, severity, message, ...(hint !== undefined && { hint }), place });
  }

  get diagnostics(): Diagnostic[] {
    return [...this.#found.values()].sort(
      (a, b) =>
        byFile(a.place, b.place) ||
        (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
        (a.place?.column ?? 0) - (b.place?.column ?? 0) ||
        (a.code < b.code ? -1 : 1),
    );
  }
}

/** Findings in files that the manifest names come after its own. */
function byFile(a: Place | undefined, b: Place | undefined): number {
  const [first = "", second = ""] = [a?.file, b?.file];
  if (first === second) return 0;
  const isManifest = (file: string) => (file.endsWith("workflow.yaml") ? 0 : 1);
  return isManifest(first) - isManifest(second) || (first < second ? -1 : 1);
}
