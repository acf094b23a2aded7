/** The CDK's own validation of templates (`@aws-cdk/core:validateAgainstDefaultRules`), on all that is deployed. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { buildApp } from "../../lib/constructs/app.ts";
import { deployedBundles } from "./deployed-bundles.ts";
import { HANDLERS, makeApp } from "./synthesize.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const { context } = JSON.parse(readFileSync(join(REPOSITORY, "cdk.json"), "utf8")) as {
  readonly context: Record<string, unknown>;
};

const before = process.env.CDK_VALIDATION;
afterEach(() => {
  if (before === undefined) delete process.env.CDK_VALIDATION;
  else process.env.CDK_VALIDATION = before;
});

it("finds nothing in the templates of this repository: platform and every bundle", async () => {
  expect(context["@aws-cdk/core:validateAgainstDefaultRules"]).toBe(true);
  const { app } = await buildApp({ root: REPOSITORY, handlers: HANDLERS, app: makeApp(context) });
  process.env.CDK_VALIDATION = "true";
  const assembly = app.synth({ force: true });
  const stacks = assembly.stacks.map(({ stackName }) => stackName);
  expect(stacks.some((name) => name.endsWith("-platform"))).toBe(true);
  for (const folder of deployedBundles(REPOSITORY)) {
    expect(stacks.some((name) => name.endsWith(`-${basename(folder)}`))).toBe(true);
  }
  const file = join(assembly.directory, "validation-report.json");
  const report = JSON.parse(readFileSync(file, "utf8")) as { readonly pluginReports: unknown[] };
  expect(report.pluginReports).toEqual([]);
}, 120_000);
