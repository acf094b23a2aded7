/** Deploying and destroying with the CDK's own CLI. */
import { existsSync, rmSync } from "node:fs";
import { adaptTemplates, readTemplates } from "./adapt-templates.ts";
import type { Finished } from "./processes.ts";
import type { Report } from "./report.ts";
import type { Workspace } from "./workspace.ts";

export async function bootstrap(workspace: Workspace, report: Report): Promise<void> {
  report.step("cdk bootstrap");
  // Named, so that the app need not be synthesized to know where it goes.
  const finished = await workspace.cdk("bootstrap", "aws://000000000000/us-east-1");
  must(finished, "cdk bootstrap", report);
}

/** @param changed name of the one stack that has changed since the deployment before */
export async function deploy(
  workspace: Workspace,
  report: Report,
  changed?: string,
): Promise<void> {
  report.step(`cdk synth, cdk deploy ${changed ?? "--all"}`);
  const before = existsSync(workspace.assembly) ? readTemplates(workspace.assembly) : new Map();
  rmSync(workspace.assembly, { recursive: true, force: true });
  must(
    await workspace.cdk("synth", "--all", "--quiet", "--output", workspace.assembly),
    "cdk synth, with the CDK's validation of templates",
    report,
  );
  const versions = adaptTemplates(workspace.assembly, before);
  report.note(
    `${versions} versions of functions are functions in the emulator (docs/decisions/0040)`,
  );
  must(
    await workspace.cdk(
      ...["deploy", "--app", "cdk.out", "--require-approval", "never"],
      ...(changed === undefined ? ["--all", "--concurrency", "4"] : [changed, "--exclusively"]),
    ),
    "cdk deploy",
    report,
  );
}

export async function destroy(workspace: Workspace, report: Report): Promise<void> {
  report.step("cdk destroy --all");
  const args = ["destroy", "--app", "cdk.out", "--all", "--force"];
  must(await workspace.cdk(...args), "cdk destroy", report);
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
