import { z } from "zod";
import { checkEnvironment, environmentNames } from "../cdk/known-environment.ts";
import { runCdk } from "../cdk/run-cdk.ts";
import { defineCommand } from "../command.ts";
import { usageFailure } from "../failure.ts";

export const destroy = defineCommand({
  name: "destroy",
  aws: true,
  summary: "Remove an environment from AWS with the CDK",
  details:
    "Hands over to the CDK CLI of this folder: cdk destroy, which asks first. What runs have stored stays unless the environment's file says retain: false.",
  arguments: [["[cdk-args...]", "after --: handed over to cdk destroy as they are"]],
  examples: [
    { command: "espalier destroy --environment dev", says: "asks before it removes anything" },
  ],
  shape: { args: z.tuple([z.array(z.string())]), options: z.object({}) },
  async perform(invocation, [args]) {
    const { io, aws: target } = invocation;
    if (target?.environment === undefined) {
      throw usageFailure(
        "--environment is missing: what is to be removed?",
        `There are: ${environmentNames(io.cwd).join(", ")}.`,
      );
    }
    checkEnvironment(target.environment, io.cwd);
    const cdk = await runCdk(invocation, { subcommand: "destroy", target, args });
    return { exitCode: cdk.exitCode, document: { cdk: { ...cdk, args: [...cdk.args] } } };
  },
});
