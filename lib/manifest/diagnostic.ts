/** A finding about something that a person wrote: where it is, what it is, and what to do next. */
export interface Diagnostic {
  /** Stable code, `ESP` and three digits; `docs/diagnostics.md` lists all of them. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** One sentence: what was found, and what was expected. */
  readonly message: string;
  /** What to do next; absent where the message already says so. */
  readonly hint?: string;
  /** Absent only where the finding is about no file (for example: the folder is missing). */
  readonly place?: Place;
}

/** A span in a source file. Lines and columns count from 1; `endColumn` is exclusive. */
export interface Place {
  /** Path as a person would type it: relative to the working folder, forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Thrown where a caller cannot go on; carries every finding, never only the first. */
export class DiagnosticsError extends Error {
  override readonly name = "DiagnosticsError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code} ${d.message}`).join("\n"));
    this.diagnostics = diagnostics;
  }
}
