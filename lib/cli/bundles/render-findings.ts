import type { Diagnostic } from "../../manifest/diagnostic.ts";
import type { Io } from "../io.ts";

/** Each finding as text of several lines: place, code, sentence, excerpt, hint. */
export async function renderFindings(
  diagnostics: readonly Diagnostic[],
  io: Pick<Io, "cwd" | "stderr" | "env">,
): Promise<string[]> {
  void io;
  return diagnostics.map(({ code, message, hint, place }) => {
    const at = place === undefined ? "" : `${place.file}:${place.line}:${place.column}  `;
    return `${at}${code}  ${message}${hint === undefined ? "" : `\n  ${hint}`}`;
  });
}
