/** The app that `cdk.json` runs: every bundle in every environment. */
import { availableParallelism } from "node:os";
import { App, Stack } from "aws-cdk-lib";
import { findBundles, readBindings } from "../bundle/index.ts";
import { type Diagnostic, DiagnosticsError } from "../manifest/diagnostic.ts";
import { checkNames } from "../manifest/environment/check-names.ts";
import {
  deployedEnvironments,
  deploys,
  type LoadedEnvironment,
  loadEnvironments,
} from "../manifest/environment/load-environments.ts";
import { resolvePolicy } from "../manifest/environment/resolve-policy.ts";
import { inOrder } from "../manifest/grammar.ts";
import { environmentPrefix } from "../runtime/deployed.ts";
import { checkStarted } from "./check-started.ts";
import { prepareHandlers } from "./code/handlers.ts";
import { type PreparedBundle, prepareBundle } from "./code/prepared-bundle.ts";
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

/**
 * Makes one stack for each environment (`espalier-ENV-platform`) and one for each bundle in it
 * (`espalier-ENV-WORKFLOW`). Throws `DiagnosticsError` with the findings of all bundles and
 * environments.
 */
export async function buildApp({ root, handlers, ...options }: AppOptions): Promise<BuiltApp> {
  const { environments, diagnostics } = loadEnvironments(root);
  const targets = deployedEnvironments(root, environments);
  const findings = [...diagnostics];
  const bundles: DeployableBundle[] = [];
  // esbuild has a process of its own: it works while bundles are read.
  const ready = prepareHandlers(handlers);
  for (const result of await prepareAll(findBundles(root), targets)) {
    if (result instanceof DiagnosticsError) findings.push(...result.diagnostics);
    else bundles.push(result);
  }
  const all = bundles.flatMap((bundle) => [...bundle.values()]);
  // A name is only unknown if every bundle that might have it could be read.
  const known = findings.length === 0 && bundles.every(({ size }) => size > 0);
  if (known) findings.push(...checkNames(environments, namesOf(all)));
  findings.push(...checkStarted(all.map(({ plan }) => plan)));
  findings.push(...policyFindings(bundles, targets));
  if (findings.length > 0) throw new DiagnosticsError(inOrder(findings));

  await ready;
  // Not before: an app that exists is synthesized when the process ends, even if it is empty.
  const app = options.app ?? new App();
  for (const target of targets) {
    const here = bundles.flatMap((bundle) => bundle.get(target.name) ?? []);
    makeStacks(app, target, here, handlers);
  }
  return { app, warnings: inOrder(all.flatMap(({ warnings }) => warnings)) };
}

/** By name of the environment. */
type DeployableBundle = ReadonlyMap<string, PreparedBundle>;

/** In the order of the folders. As many at once as there are cores: code is loaded in threads. */
async function prepareAll(
  folders: readonly string[],
  targets: readonly LoadedEnvironment[],
): Promise<(DeployableBundle | DiagnosticsError)[]> {
  const results: (DeployableBundle | DiagnosticsError)[] = [];
  const queue = [...folders.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, folder] = next;
      results[index] = await prepareForAll(folder, targets).catch((error: unknown) => {
        if (error instanceof DiagnosticsError) return error;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

/** Once for all environments; or once for each that deploys it, if they bind its components. */
async function prepareForAll(
  folder: string,
  targets: readonly LoadedEnvironment[],
): Promise<DeployableBundle> {
  const { workflow, binds } = readBindings(folder);
  if (!binds) {
    const bundle = await prepareBundle(folder);
    return new Map(targets.map(({ name }) => [name, bundle]));
  }
  const prepared = new Map<string, PreparedBundle>();
  const findings: Diagnostic[] = [];
  for (const target of targets) {
    if (workflow !== null && !deploys(target, workflow)) continue;
    try {
      prepared.set(target.name, await prepareBundle(folder, target));
    } catch (error) {
      if (!(error instanceof DiagnosticsError)) throw error;
      findings.push(...error.diagnostics);
    }
  }
  if (findings.length > 0) throw new DiagnosticsError(findings);
  return prepared;
}

/** Groups that an environment does not have, and quorums that its groups do not reach. */
function policyFindings(
  bundles: readonly DeployableBundle[],
  targets: readonly LoadedEnvironment[],
): readonly Diagnostic[] {
  return targets.flatMap((target) =>
    bundles.flatMap((bundle) => {
      const plan = bundle.get(target.name)?.plan;
      if (!plan || !deploys(target, plan.workflow)) return [];
      return plan.approvals.flatMap(({ policy }) => resolvePolicy(policy, target).diagnostics);
    }),
  );
}

function makeStacks(
  app: App,
  { name, environment }: LoadedEnvironment,
  bundles: readonly PreparedBundle[],
  handlers: string | undefined,
): void {
  const { account, region } = environment;
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
    if (!deploys({ environment }, workflow)) continue;
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
