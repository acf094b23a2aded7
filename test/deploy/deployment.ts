/** Deploying and destroying with the CDK's own CLI. */
import { rmSync } from "node:fs";
import { adaptTemplates, readTemplates } from "./adapt-templates.ts";
import type { Aws } from "./aws.ts";
import type { Finished } from "./processes.ts";
import type { Report } from "./report.ts";
import { ENVIRONMENT, type Workspace } from "./workspace.ts";

const CLOUDFORMATION = ["cloudformation", "ListStacks", "2010-05-15", "StackName"] as const;

export async function bootstrap(workspace: Workspace, report: Report): Promise<void> {
  report.step("cdk bootstrap");
  must(await workspace.cdk("bootstrap"), "cdk bootstrap", report);
}

export async function deploy(workspace: Workspace, report: Report): Promise<void> {
  report.step("cdk synth, cdk deploy --all");
  rmSync(workspace.assembly, { recursive: true, force: true });
  must(
    await workspace.cdk("synth", "--all", "--quiet", "--output", workspace.assembly),
    "cdk synth, with the CDK's validation of templates",
    report,
  );
  const machines = adaptTemplates(workspace.assembly);
  report.note(
    `definitions of ${machines} machines rewritten for the emulator (docs/decisions/0040)`,
  );
  must(
    await workspace.cdk("deploy", "--app", "cdk.out", "--all", "--require-approval", "never"),
    "cdk deploy",
    report,
  );
}

export function stackNames({ workflows }: Workspace): readonly string[] {
  return ["platform", ...workflows].map((name) => `espalier-${ENVIRONMENT}-${name}`).sort();
}

/**
 * The emulator answers DeleteStack before the stack's status says so, and the CLI then takes the
 * deletion for failed though it goes on; so it is asked again until no stack is left.
 */
export async function destroy(workspace: Workspace, aws: Aws, report: Report): Promise<void> {
  report.step("cdk destroy --all");
  let last: Finished | undefined;
  let times = 0;
  do {
    times += 1;
    last = await workspace.cdk("destroy", "--app", "cdk.out", "--all", "--force");
  } while (last.code !== 0 && times < 8);
  if (times > 1) report.note(`asked ${times} times: the emulator says too late what it deletes`);
  must(last, "cdk destroy", report);
  await leftStacks(aws);
}

async function leftStacks(aws: Aws): Promise<readonly string[]> {
  return aws.query(...CLOUDFORMATION);
}

/** Types of the resources that stay when a stack goes, each once, by template. */
export function retainedTypes(workspace: Workspace): ReadonlySet<string> {
  const types = new Set<string>();
  for (const { Resources } of readTemplates(workspace.assembly).values()) {
    for (const { Type, DeletionPolicy } of Object.values(Resources)) {
      if (DeletionPolicy === "Retain") types.add(Type);
    }
  }
  return types;
}

function must(finished: Finished, what: string, report: Report): void {
  const { code, stdout, stderr } = finished;
  report.check(what, code === 0, `${stdout.slice(-1500)}\n${stderr.slice(-1500)}`);
  if (code !== 0) throw new Error(`${what} failed, and the rest stands on it.`);
}
