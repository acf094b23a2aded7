import { z } from "zod";
import { selectBundles } from "../bundles/select-bundles.ts";
import { findCdk } from "../cdk/find-cdk.ts";
import { checkEnvironment } from "../cdk/known-environment.ts";
import { runCdk } from "../cdk/run-cdk.ts";
import { defineCommand } from "../command.ts";
import { check } from "./check.ts";
import { compile } from "./compile.ts";
import { lock } from "./lock.ts";

export const deploy = defineCommand({
  name: "deploy",
  aws: true,
  summary: "Check everything, then deploy it to AWS with the CDK",
  details:
    "Checks all bundles and that statemachines/ is up to date, and each lock, then hands over to the CDK CLI of this folder: cdk deploy, and its exit code. Without --environment it deploys all environments.",
  arguments: [["[cdk-args...]", "after --: handed over to cdk deploy as they are"]],
  examples: [
    { command: "espalier deploy --environment dev", says: "one environment" },
    {
      command: "espalier deploy --environment prod --profile prod -- --require-approval never",
      says: "in CI",
    },
  ],
  shape: { args: z.tuple([z.array(z.string())]), options: z.object({}) },
  async perform(invocation, [args]) {
    const { io, out, aws: target } = invocation;
    // What cannot be deployed at all is said before the work of checking.
    findCdk(io.cwd);
    if (target?.environment !== undefined) {
      checkEnvironment(target.environment, io.cwd);
    }
    // The CDK app prepares every environment, whichever of them is deployed.
    const checked = await check.perform({ ...invocation, aws: undefined }, [[]], {});
    if (checked.exitCode !== 0) {
      return checked;
    }
    const compiled = await compile.perform(invocation, [[]], { check: true });
    if (compiled.exitCode !== 0) {
      return compiled;
    }
    // A bundle without a lock is deployed as it is; one that has a lock, only as that says.
    const { readLockText } = await import("../../bundle/index.ts");
    const locked = selectBundles([], io.cwd).filter((folder) => readLockText(folder) !== undefined);
    if (locked.length > 0) {
      const looked = await lock.perform(invocation, [locked], { check: true });
      if (looked.exitCode !== 0) return looked;
    }
    out.line();
    const cdk = await runCdk(invocation, { subcommand: "deploy", target, args });
    return {
      exitCode: cdk.exitCode,
      document: { ...checkedDocument(checked.document), cdk: { ...cdk, args: [...cdk.args] } },
    };
  },
});

function checkedDocument(document: unknown): object {
  return typeof document === "object" && document !== null ? document : {};
}
