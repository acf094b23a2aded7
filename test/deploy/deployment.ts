/** Deploying and destroying with the CDK's own CLI. */
import { rmSync } from "node:fs";
import { adaptTemplates, readTemplates, type Templates } from "./adapt-templates.ts";
import type { Finished } from "./processes.ts";
import type { Report } from "./report.ts";
import type { Workspace } from "./workspace.ts";

/** The first synthesis, with all checks, while the account is made ready: neither needs the other. */
export async function bootstrap(workspace: Workspace, report: Report): Promise<void> {
  report.step("cdk bootstrap, cdk synth");
  await Promise.all([
    workspace.bootstrap().then((finished) => must(finished, "cdk bootstrap", report)),
    workspace
      .synth({ validated: true })
      .then((finished) => must(finished, "cdk synth, with the CDK's validation", report)),
  ]);
}

export async function deployAll(workspace: Workspace, report: Report): Promise<void> {
  report.step("cdk deploy --all");
  await deploy(workspace, report, new Map(), ["--all", "--concurrency", "4"]);
}

/** The one stack that has changed since. */
export async function deployChanged(
  workspace: Workspace,
  report: Report,
  stack: string,
): Promise<void> {
  report.step(`cdk synth, cdk deploy ${stack}`);
  const before = readTemplates(workspace.assembly);
  rmSync(workspace.assembly, { recursive: true, force: true });
  must(await workspace.synth({ validated: false }), "cdk synth", report);
  await deploy(workspace, report, before, [stack, "--exclusively"]);
}

async function deploy(
  workspace: Workspace,
  report: Report,
  before: Templates,
  what: readonly string[],
): Promise<void> {
  const versions = adaptTemplates(workspace.assembly, before);
  report.note(
    `${versions} versions of functions are functions in the emulator (docs/decisions/0040)`,
  );
  must(
    await workspace.cdk(...["deploy", "--app", "cdk.out", "--require-approval", "never"], ...what),
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
