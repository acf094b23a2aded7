/** The app that `cdk.json` runs: every bundle in every environment. */
import { App, Stack } from "aws-cdk-lib";
import { findBundles } from "../bundle/index.ts";
import { type Diagnostic, DiagnosticsError } from "../manifest/diagnostic.ts";
import { environmentPrefix } from "../runtime/deployed.ts";
import { type PreparedBundle, prepareBundle } from "./code/prepared-bundle.ts";
import { Environment } from "./environment/environment.ts";
import { checkNames, loadEnvironments } from "./environment/load-environments.ts";
import { gradualDeployment, platformProps } from "./environment/platform-props.ts";
import { Platform } from "./platform/platform.ts";
import type { PlatformProps } from "./platform/platform-props.ts";
import { Workflow } from "./workflow/workflow.ts";

export interface AppOptions {
  /** Folder with `bundles/`. */
  readonly root: string;
  /** Folder of the kit's functions; see `PlatformProps.handlers`. */
  readonly handlers?: string;
  /** The app to add stacks to. Default: a new one. */
  readonly app?: App;
}

export interface BuiltApp {
  readonly app: App;
  /** Findings that do not forbid to deploy. */
  readonly warnings: readonly Diagnostic[];
}

/** Without any file of an environment: deployed wherever the credentials point to. */
const DEV = "dev";

/**
 * Makes one stack for each environment (`espalier-ENV-platform`) and one for each bundle in it
 * (`espalier-ENV-WORKFLOW`). Throws `DiagnosticsError` with the findings of all bundles and
 * environments.
 */
export async function buildApp({ root, handlers, ...options }: AppOptions): Promise<BuiltApp> {
  const { environments, diagnostics } = loadEnvironments(root);
  const findings = [...diagnostics];
  const bundles: PreparedBundle[] = [];
  for (const folder of findBundles(root)) {
    try {
      bundles.push(await prepareBundle(folder));
    } catch (error) {
      if (!(error instanceof DiagnosticsError)) throw error;
      findings.push(...error.diagnostics);
    }
  }
  // A name is only unknown if every bundle that might have it could be read.
  if (findings.length === 0) findings.push(...checkNames(environments, namesOf(bundles)));
  if (findings.length > 0) throw new DiagnosticsError(findings);

  // Not before: an app that exists is synthesized when the process ends, even if it is empty.
  const app = options.app ?? new App();
  const none = diagnostics.length === 0 && environments.length === 0;
  const targets = none ? [{ name: DEV, environment: Environment.parse({}) }] : environments;
  for (const { name, environment } of targets) {
    makeStacks(app, name, environment, bundles, handlers);
  }
  return { app, warnings: bundles.flatMap(({ warnings }) => warnings) };
}

function makeStacks(
  app: App,
  name: string,
  environment: Environment,
  bundles: readonly PreparedBundle[],
  handlers: string | undefined,
): void {
  const { account, region, workflows } = environment;
  const env = account !== undefined && region !== undefined ? { env: { account, region } } : {};
  const prefix = environmentPrefix(name);
  const shared = new Stack(app, `${prefix}-platform`, {
    ...env,
    description: `Espalier: what the workflows of ${name} share`,
  });
  const props: PlatformProps = {
    ...platformProps(name, environment, shared),
    ...(handlers !== undefined && { handlers }),
  };
  const platform = new Platform(shared, "Platform", props);
  const deployment = gradualDeployment(environment);
  for (const bundle of bundles) {
    const { workflow, version } = bundle.plan;
    if (workflows && !workflows.includes(workflow)) continue;
    const stack = new Stack(app, `${prefix}-${workflow}`, {
      ...env,
      description: `Espalier: ${workflow} ${version} in ${name}`,
    });
    new Workflow(stack, "Workflow", { platform, bundle, ...(deployment && { deployment }) });
  }
}

function namesOf(bundles: readonly PreparedBundle[]) {
  return {
    workflows: bundles.map(({ plan }) => plan.workflow),
    policies: [
      ...new Set(
        bundles.flatMap(({ plan }) => plan.approvals.map(({ policy }) => policy.approval)),
      ),
    ],
  };
}
