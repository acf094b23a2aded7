/** One function for each task of a bundle. */

import { Tags } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { Plan, PlannedFunction } from "../../compiler/plan.ts";
import { OBJECTS, PARTITIONS, VARIABLES } from "../../runtime/deployed.ts";
import { isEffectful } from "../../runtime/effect.ts";
import { acknowledgeWildcard } from "../acknowledge.ts";
import { handlerPackage, type Package } from "../code/handlers.ts";
import type { PreparedBundle } from "../code/prepared-bundle.ts";
import * as grants from "../grants.ts";
import { KitFunction } from "../kit-function.ts";
import type { Platform } from "../platform/platform.ts";

export interface StepFunctionsProps {
  readonly platform: Platform;
  readonly bundle: PreparedBundle;
  readonly retentionClass: string;
}

type CodeFunction = Extract<PlannedFunction, { readonly entry: string }>;

const hasCode = (planned: PlannedFunction): planned is CodeFunction => "entry" in planned;

/** Loads the step that the host runs. */
const INDEX = `import { stepHandler } from "./host.mjs";
import step from "./step.mjs";
export const handler = stepHandler(step);
`;

export class StepFunctions extends Construct {
  readonly all: readonly KitFunction[];
  /** Version ARN by the function's name in the plan: what the machine calls. */
  readonly versions: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, props: StepFunctionsProps) {
    super(scope, id);
    const { plan } = props.bundle;
    const made = plan.functions.filter(hasCode).map((planned) => ({
      name: planned.name,
      made: this.#make(planned, plan, props),
    }));
    this.all = made.map(({ made }) => made);
    this.versions = new Map(
      made.map(({ name, made }) => [name, made.function.currentVersion.functionArn]),
    );
  }

  #make(
    { name, entry, timeout, memory, effect, permissions }: CodeFunction,
    { workflow }: Plan,
    { platform, bundle, retentionClass }: StepFunctionsProps,
  ): KitFunction {
    const made = new KitFunction(this, name, {
      description: `${workflow}: ${name}`,
      files: stepPackage(entry, bundle, platform.handlers),
      timeout,
      memory,
      environment: {
        ...platform.variables,
        [VARIABLES.runsBucket]: platform.runs.bucketName,
        [VARIABLES.retention]: retentionClass,
        [VARIABLES.table]: platform.table.tableName,
        [VARIABLES.effect]: effect,
      },
      logRetention: platform.logRetention,
      removalPolicy: platform.removalPolicy,
    }).allow(
      ...permissions.map(
        ({ actions, resources }) =>
          new PolicyStatement({ actions: [...actions], resources: [...resources] }),
      ),
      grants.artifacts(platform.runs),
      ...(isEffectful(effect) ? [grants.items(platform.table, [PARTITIONS.effect])] : []),
      ...grants.useKey(platform.encryptionKey),
    );
    acknowledgeWildcard(
      made.role,
      platform.runs.arnForObjects(`${OBJECTS.artifacts}*`),
      "artifacts are named by their content, which is known only when it is there",
    );
    Tags.of(made).add("espalier:step", name);
    return made;
  }
}

/**
 * The step's code stays the file that the bundle's digest covers; beside it the host, which is the
 * same for all steps.
 */
function stepPackage(entry: string, bundle: PreparedBundle, handlers: string | undefined): Package {
  const code = bundle.code.get(entry);
  if (!code) throw new Error(`The bundle has no compiled code for ${entry}.`);
  return new Map<string, Uint8Array | string>([
    ...handlerPackage("step", handlers),
    ["index.mjs", INDEX],
    ["step.mjs", code.js],
    ...[...bundle.files].map(([path, bytes]) => [`files/${path}`, bytes] as const),
  ]);
}
