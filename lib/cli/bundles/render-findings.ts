import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { renderDiagnostic } from "../../manifest/render-diagnostic.ts";

/** Each finding as text of several lines: place, code, sentence, excerpt, hint; then an empty line. */
export function renderFindings(
  diagnostics: readonly Diagnostic[],
  options: { readonly cwd: string; readonly color: boolean; readonly width: number },
): string[] {
  const texts = new Map<string, string | undefined>();
  const textOf = (file: string) => {
    if (!texts.has(file)) {
      texts.set(file, readIfReadable(resolve(options.cwd, file)));
    }
    return texts.get(file);
  };
  return diagnostics.map((diagnostic) => {
    const source = diagnostic.place === undefined ? undefined : textOf(diagnostic.place.file);
    return `${renderDiagnostic(diagnostic, source, options)}\n`;
  });
}

/** The excerpt is a courtesy: that a file cannot be read is what the finding itself may say. */
function readIfReadable(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
