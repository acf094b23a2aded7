/** Preparing a bundle inside of a constructor, which cannot wait. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DiagnosticsError } from "../../manifest/diagnostic.ts";
import { renderDiagnostic } from "../../manifest/render-diagnostic.ts";
import type { PreparedBundle } from "./prepared-bundle.ts";
import { bundleOf, type PreparedDocument } from "./prepared-document.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

const PROCESS = join(import.meta.dirname, "prepare-process.ts");
/** Compiling and loading code takes a second or two; this is for one that never ends. */
const TIMEOUT_MS = 120_000;

const prepared = new Map<string, PreparedBundle>();

/**
 * Loads and compiles the bundle in `folder` for the environment of that name, in a process of its
 * own, once for each folder and environment.
 * An app that can wait calls `prepareBundle` itself, which takes a second less.
 * Throws `DiagnosticsError` with all findings.
 */
export function prepareBundleSync(folder: string, environment: string): PreparedBundle {
  const path = resolve(folder);
  const key = `${environment} ${path}`;
  const known = prepared.get(key);
  if (known) return known;
  const document = inTemporaryFolder((temporary) => prepareInProcess(path, environment, temporary));
  if (!document.ok) throw withPlaces(new DiagnosticsError(document.diagnostics));
  const bundle = bundleOf(document);
  prepared.set(key, bundle);
  return bundle;
}

function prepareInProcess(
  folder: string,
  environment: string,
  temporary: string,
): PreparedDocument {
  const file = join(temporary, "bundle.json");
  const { status, stderr, error } = spawnSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), PROCESS, folder, file, environment],
    { encoding: "utf8", timeout: TIMEOUT_MS, stdio: ["ignore", "inherit", "pipe"] },
  );
  if (error) throw new Error(`The bundle ${folder} could not be prepared: ${error.message}`);
  if (status !== 0) throw new Error(`The bundle ${folder} could not be prepared:\n${stderr}`);
  return JSON.parse(readFileSync(file, "utf8")) as PreparedDocument;
}

/** The CDK shows no more of an error than its message. */
function withPlaces(error: DiagnosticsError): DiagnosticsError {
  error.message = error.diagnostics.map((one) => renderDiagnostic(one, undefined)).join("\n");
  return error;
}
