import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Failure } from "../failure.ts";

/** What a folder needs for deploying, beside the kit, in the versions that the kit is tested with. */
export const INSTALL_CDK =
  "npm install --save-dev --save-exact aws-cdk@2.1148.1 aws-cdk-lib@2.276.0 constructs@10.8.1";

const Package = z.object({ bin: z.object({ cdk: z.string() }) });

/**
 * Script of the CDK CLI that is installed for this folder, whatever its version. Throws a `Failure`
 * if there is none, or no app for it.
 */
export function findCdk(cwd: string): string {
  if (!existsSync(join(cwd, "cdk.json"))) {
    throw new Failure("CdkAppMissing", "There is no cdk.json in this folder", {
      hint: [
        "Go to the folder that is deployed, or write one that names the app of the kit:",
        '  { "app": "node --import tsx node_modules/espalier/bin/app.ts" }',
      ].join("\n"),
    });
  }
  const manifest = resolveFrom(cwd, "aws-cdk/package.json");
  if (manifest === undefined) {
    throw new Failure("CdkMissing", "The CDK CLI is not installed here", {
      hint: INSTALL_CDK,
    });
  }
  const { bin } = Package.parse(JSON.parse(readFileSync(manifest, "utf8")));
  return join(dirname(manifest), bin.cdk);
}

function resolveFrom(folder: string, specifier: string): string | undefined {
  try {
    return createRequire(join(folder, "package.json")).resolve(specifier);
  } catch {
    return undefined;
  }
}
