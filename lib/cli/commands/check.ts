import { z } from "zod";
import { checkBundle, isError, problems } from "../bundles/compile-bundle.ts";
import { selectBundles } from "../bundles/select-bundles.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import { defineCommand } from "../command.ts";
import { diagnosticDocument } from "../error-document.ts";

export const check = defineCommand({
  name: "check",
  summary: "Check bundles; name all findings, with place and hint",
  arguments: [["[bundle...]", "names under ./bundles, or paths (default: all under ./bundles)"]],
  examples: [
    { command: "espalier check", says: "every bundle under ./bundles" },
    { command: "espalier check license-review --json", says: "one, for a machine" },
  ],
  shape: { args: z.tuple([z.array(z.string())]), options: z.object({}) },
  async perform({ io, out }, [names]) {
    const bundles = [];
    let errors = 0;
    for (const folder of selectBundles(names, io.cwd)) {
      const checked = await checkBundle(folder, io.cwd);
      const { deployment, diagnostics } = checked;
      out.findings(diagnostics, io.cwd);
      errors += diagnostics.filter(isError).length;
      if (deployment !== undefined) {
        const { plan, digest } = deployment;
        const digestText = out.color.dim(shortDigest(digest));
        out.line(`${out.color.green("ok")}  ${plan.workflow} ${plan.version}  ${digestText}`);
      }
      bundles.push({
        folder: checked.folder,
        ok: deployment !== undefined,
        workflow: deployment?.plan.workflow ?? null,
        version: deployment?.plan.version ?? null,
        digest: deployment?.digest ?? null,
        diagnostics: diagnostics.map(diagnosticDocument),
      });
    }
    const failed = bundles.filter(({ ok }) => !ok);
    if (failed.length > 0) {
      out.line(
        `${out.color.red("failed")}  ${problems(errors)} in ${failed.map(({ folder }) => folder).join(", ")}`,
      );
    }
    return { exitCode: failed.length === 0 ? 0 : 1, document: { bundles } };
  },
});
