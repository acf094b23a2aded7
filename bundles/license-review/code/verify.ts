import { step, z } from "espalier";
import { registry } from "../toolsets/package-files/given-package.ts";
import {
  type PackageSpec,
  PackageUnavailable,
  walkPackage,
} from "../toolsets/package-files/walk-package.ts";
import { Claim, NoClaim } from "./investigation/claim.ts";
import { nameOf, verifyClaim } from "./investigation/verify-claim.ts";
import { isLicenceFile, type PackageFile } from "./package/fetch-package.ts";
import { Finding, fitFinding } from "./package/finding.ts";
import { judge } from "./policy/judge-component.ts";
import { POLICY_FILE, readPolicy } from "./policy/policy.ts";
import { Component } from "./sbom/component.ts";
import { readDeclared } from "./spdx/declared.ts";
import { formatExpression } from "./spdx/expression.ts";

/**
 * Checks an agent's claim against the package's own files. Verified, it settles the finding, by the
 * policy's verdict on it; else the finding stays open, and the approver sees the claim and why not.
 */
export default step({
  input: z.object({ component: Component, finding: Finding, claim: z.union([Claim, NoClaim]) }),
  output: Finding,
  async run({ component, finding, claim }, { file, run, signal, logger }) {
    if ("failed" in claim) {
      const reason = `${finding.reason}; the agent came to no end (${claim.failed})`;
      return fitFinding({ ...finding, reason, isOpen: false });
    }
    const { name, version, integrity } = component;
    const declared = readDeclared(component.declared);
    let files: readonly PackageFile[];
    try {
      files = await readFiles({ name, version: version ?? "", integrity }, claim.path, signal);
    } catch (error) {
      if (!(error instanceof PackageUnavailable)) throw error;
      const reason = `${finding.reason}; the claim could not be checked: ${error.message}`;
      return fitFinding({ ...finding, reason, isOpen: false });
    }
    const quoted = files.find(({ path }) => path === claim.path);
    const verified = verifyClaim(claim, { quoted, files, declared });
    const { expression, quote, path, confidence } = claim;
    const checked = {
      expression,
      quote,
      path,
      confidence,
      isVerified: verified.ok,
      why: verified.why,
    };
    logger.info("checked an agent's claim", { name, version, isVerified: verified.ok });
    const evidence =
      quoted && verified.line !== null
        ? [
            {
              file: quoted.path,
              digest: quoted.digest,
              line: verified.line,
              quote: quote.replace(/\s+/g, " ").trim().slice(0, 160),
              licence: verified.ok ? formatExpression(verified.licence) : null,
              similarity: null,
            },
          ]
        : [];
    const seen = {
      ...finding,
      // The agent's quote first: an approver is shown the first two.
      evidence: [...evidence, ...finding.evidence],
      isOpen: false,
      claim: checked,
    };
    if (!verified.ok) {
      return fitFinding({ ...seen, reason: `${finding.reason}; not verified: ${verified.why}` });
    }
    const judgement = judge(
      component,
      verified.licence,
      readPolicy(await file(POLICY_FILE).text()),
      run.startedAt.slice(0, 10),
    );
    return fitFinding({
      ...seen,
      verdict: judgement.verdict,
      licence: formatExpression(verified.licence),
      reason: `an agent found it, and code verified it: ${verified.why}`,
      ruling: judgement.reason,
    });
  },
});

/** More licence files than any honest package has; what is beyond is not read, and so not verified. */
const MOST_FILES = 60;

/** The file that is quoted, and all that speak of a licence, in whatever folder; texts only. */
async function readFiles(
  spec: PackageSpec,
  quoted: string | null,
  signal: AbortSignal,
): Promise<readonly PackageFile[]> {
  const { files, entries } = await walkPackage(
    spec,
    (path) => path === quoted || speaksOfLicence(path),
    { registry: registry(), signal, limits: { read: MOST_FILES } },
  );
  if (entries.filter(({ path }) => speaksOfLicence(path)).length >= MOST_FILES) {
    throw new PackageUnavailable(`it has ${MOST_FILES} licence files or more`);
  }
  return [...files].flatMap(([path, { body, digest }]) =>
    body.includes(0) ? [] : [{ path, text: new TextDecoder().decode(body), digest }],
  );
}

function speaksOfLicence(path: string): boolean {
  return (
    path === "package.json" || /^readme(?:\.[a-z]+)?$/i.test(path) || isLicenceFile(nameOf(path))
  );
}
