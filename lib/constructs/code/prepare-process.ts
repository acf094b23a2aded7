/** `prepare-process.ts FOLDER FILE ENVIRONMENT`: prepares a bundle and writes it to FILE. */
import { writeFileSync } from "node:fs";
import { DiagnosticsError } from "../../manifest/diagnostic.ts";
import { prepareBundle } from "./prepared-bundle.ts";
import { documentOf, type PreparedDocument } from "./prepared-document.ts";

const [folder, file, environment] = process.argv.slice(2);
if (folder === undefined || file === undefined || environment === undefined)
  throw new TypeError("Expected a folder, a file and an environment.");

async function prepare(from: string, name: string): Promise<PreparedDocument> {
  try {
    return documentOf(await prepareBundle(from, name));
  } catch (error) {
    if (error instanceof DiagnosticsError) return { ok: false, diagnostics: error.diagnostics };
    throw error;
  }
}

writeFileSync(file, JSON.stringify(await prepare(folder, environment)));
