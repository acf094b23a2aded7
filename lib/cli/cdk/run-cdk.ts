import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { AwsTarget } from "../aws/aws-target.ts";
import type { Invocation } from "../command.ts";
import { findCdk } from "./find-cdk.ts";

export interface CdkCall {
  readonly subcommand: "deploy" | "destroy";
  /** What `invocation.aws` names; undefined: every environment, as the credentials of the shell. */
  readonly target: AwsTarget | undefined;
  /** Further arguments, handed over as they are. */
  readonly args: readonly string[];
}

export interface CdkEnd {
  /** As it was called, without the program. */
  readonly args: readonly string[];
  /** 128 and the signal's number if a signal ended it, as shells count. */
  readonly exitCode: number;
}

/**
 * Hands over to the CDK CLI as it is installed, with its terminal: it asks and reports itself. With
 * `--json` what it prints goes to stderr. An interrupt is passed on, and it ends in its own time.
 */
export async function runCdk({ io, json }: Invocation, call: CdkCall): Promise<CdkEnd> {
  const script = findCdk(io.cwd);
  const args = cdkArguments(call);
  const region = call.target?.region;
  const child = spawn(process.execPath, [script, ...args], {
    cwd: io.cwd,
    env: { ...io.env, ...(region && { AWS_REGION: region, AWS_DEFAULT_REGION: region }) },
    stdio: json ? ["inherit", 2, 2] : "inherit",
  });
  const stop = () => child.kill("SIGINT");
  io.signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        resolve({ args, exitCode });
      });
    });
  } finally {
    io.signal.removeEventListener("abort", stop);
  }
}

/** An environment's stacks all begin with its name, which has no dash: `espalier-ENVIRONMENT-…`. */
function cdkArguments({ subcommand, target, args }: CdkCall): readonly string[] {
  const { environment, profile } = target ?? {};
  return [
    subcommand,
    environment === undefined ? "--all" : `espalier-${environment}-*`,
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...args,
  ];
}
