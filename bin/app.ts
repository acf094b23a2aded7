/** What `cdk.json` runs. */
import { renderFindings } from "../lib/cli/bundles/render-findings.ts";
import { buildApp } from "../lib/constructs/app.ts";
import { type Diagnostic, DiagnosticsError } from "../lib/manifest/diagnostic.ts";

const root = process.cwd();

function print(diagnostics: readonly Diagnostic[]): void {
  const color = process.stderr.isTTY === true;
  const width = process.stderr.columns ?? 80;
  const texts = renderFindings(diagnostics, { cwd: root, color, width });
  for (const text of texts) process.stderr.write(`${text}\n`);
}

try {
  const { warnings } = await buildApp({ root });
  print(warnings);
} catch (error) {
  if (!(error instanceof DiagnosticsError)) throw error;
  print(error.diagnostics);
  process.exitCode = 1;
}
