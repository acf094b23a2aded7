import { z } from "zod";
import type { Deployment } from "../../local/runtime/deployment.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import { checkEverywhere } from "../bundles/check-everywhere.ts";
import { checkBundle, isError, problems } from "../bundles/compile-bundle.ts";
import { selectBundles } from "../bundles/select-bundles.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import { checkEnvironment } from "../cdk/known-environment.ts";
import { defineCommand } from "../command.ts";
import { diagnosticDocument } from "../error-document.ts";

export const check = defineCommand({
  name: "check",
  summary: "Check bundles; name all findings, with place and hint",
  arguments: [["[bundle...]", "names under ./bundles, or paths (default: all under ./bundles)"]],
  details:
    "A bundle with bindings is checked with local.yaml and with every file of an environment that deploys it, all beside the bundles in environments/; others are the same everywhere. With --environment, only with that file (local: the one of this machine).",
  environment: true,
  examples: [
    { command: "espalier check", says: "every bundle under ./bundles" },
    { command: "espalier check --environment prod", says: "as they are in one environment" },
    { command: "espalier check license-review --json", says: "one, for a machine" },
  ],
  shape: { args: z.tuple([z.array(z.string())]), options: z.object({}) },
  async perform({ io, out, aws }, [names]) {
    const environment = aws?.environment;
    if (environment !== undefined && environment !== LOCAL_ENVIRONMENT) {
      checkEnvironment(environment, io.cwd);
    }
    const bundles = [];
    let errors = 0;
    const told = new Set<string>();
    const folders = selectBundles(names, io.cwd);
    for (const folder of folders) {
      const checked =
        environment === undefined
          ? await checkEverywhere(folder, io.cwd)
          : await checkBundle(folder, io.cwd, environment);
      const { deployment } = checked;
      const diagnostics = [...checked.diagnostics, ...(await scenarioFindings(folder, deployment))];
      out.findings(diagnostics, io.cwd);
      errors += diagnostics.filter(isError).length;
      for (const { code, place } of diagnostics) told.add(`${code} ${place?.file}`);
      const isSound = deployment !== undefined && !diagnostics.some(isError);
      if (isSound) {
        const { plan, digest } = deployment;
        const digestText = out.color.dim(shortDigest(digest));
        out.line(`${out.color.green("ok")}  ${plan.workflow} ${plan.version}  ${digestText}`);
      }
      bundles.push({
        folder: checked.folder,
        ok: isSound,
        workflow: deployment?.plan.workflow ?? null,
        version: deployment?.plan.version ?? null,
        digest: deployment?.digest ?? null,
        diagnostics: diagnostics.map(diagnosticDocument),
      });
    }
    // Also what no bundle uses now: a lock, or an older revision, may come back to it.
    const { changedVersions } = await import("../../bundle/index.ts");
    const versions = changedVersions(folders).filter(
      ({ code, place }) => !told.has(`${code} ${place?.file}`),
    );
    out.findings(versions, io.cwd);
    if (versions.length > 0) {
      out.line(`${out.color.red("failed")}  ${problems(versions.length)} in published versions`);
    }
    const failed = bundles.filter(({ ok }) => !ok);
    if (failed.length > 0) {
      out.line(
        `${out.color.red("failed")}  ${problems(errors)} in ${failed.map(({ folder }) => folder).join(", ")}`,
      );
    }
    const isClean = failed.length + versions.length === 0;
    return {
      exitCode: isClean ? 0 : 1,
      document: { bundles, versions: versions.map(diagnosticDocument) },
    };
  },
});

/** Of the scenarios that lie beside a bundle, and are no part of it. */
async function scenarioFindings(
  folder: string,
  deployment: Deployment | undefined,
): Promise<readonly Diagnostic[]> {
  if (deployment === undefined) return [];
  const { checkSuite } = await import("../../replay/scenarios/check-suite.ts");
  return checkSuite(folder, deployment.plan);
}
