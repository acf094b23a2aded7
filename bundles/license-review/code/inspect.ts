import { step, z } from "espalier";
import { registry } from "../toolsets/package-files/given-package.ts";
import { concludeFiles } from "./package/conclude-files.ts";
import { copyrightLines } from "./package/copyright-lines.ts";
import { fetchPackage, PackageUnavailable } from "./package/fetch-package.ts";
import { Finding, fitFinding } from "./package/finding.ts";
import { judge } from "./policy/judge-component.ts";
import { POLICY_FILE, readPolicy } from "./policy/policy.ts";
import { Component } from "./sbom/component.ts";
import { readDeclared } from "./spdx/declared.ts";
import { formatExpression } from "./spdx/expression.ts";

/** Looks into a package's own files for what its declaration left open. */
export default step({
  input: z.object({ key: z.int(), component: Component }),
  output: Finding,
  async run({ key, component }, { file, run, signal, logger }) {
    const policy = readPolicy(await file(POLICY_FILE).text());
    const declared = readDeclared(component.declared);
    const { name, version, integrity } = component;
    let files: Awaited<ReturnType<typeof fetchPackage>>;
    try {
      files = await fetchPackage(name, version ?? "", integrity, {
        registry: registry(),
        signal,
      });
    } catch (error) {
      // No network is no reason to stop: the component stays unclear, and a person sees why.
      if (!(error instanceof PackageUnavailable)) throw error;
      logger.warn("cannot look into the package", { name, version, why: error.message });
      const reason = `its files could not be read: ${error.message}`;
      return open({ key, reason, evidence: [], copyright: [] }, false);
    }
    const { licence, reason, ...found } = concludeFiles(files, declared);
    const seen = { key, evidence: [...found.evidence], copyright: copyrightLines(files) };
    if (!licence) return open({ ...seen, reason }, true);
    const judgement = judge(component, licence, policy, run.startedAt.slice(0, 10));
    return fitFinding({
      ...seen,
      verdict: judgement.verdict,
      licence: formatExpression(licence),
      reason,
      ruling: judgement.reason,
      isOpen: false,
      claim: null,
    });
  },
});

function open(
  finding: Pick<Finding, "key" | "reason" | "evidence" | "copyright">,
  isOpen: boolean,
): Finding {
  const nothing = { verdict: "unknown", licence: null, ruling: null, claim: null } as const;
  return fitFinding({ ...finding, ...nothing, isOpen });
}
