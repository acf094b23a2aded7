/** `prepare-process.ts FOLDER FILE`: prepares a bundle and writes it to FILE. */
import { writeFileSync } from "node:fs";
import { DiagnosticsError } from "../../manifest/diagnostic.ts";
import { prepareBundle } from "./prepared-bundle.ts";
import { documentOf, type PreparedDocument } from "./prepared-document.ts";

const [folder, file] = process.argv.slice(2);
if (folder === undefined || file === undefined)
  throw new TypeError("Expected a folder and a file.");

async function prepare(from: string): Promise<PreparedDocument> {
  try {
    return documentOf(await prepareBundle(from));
  } catch (error) {
    if (error instanceof DiagnosticsError) return { ok: false, diagnostics: error.diagnostics };
    throw error;
  }
}

writeFileSync(file, JSON.stringify(await prepare(folder)));
