/** The functions of a bundle: one a step that needs one, one a tool. */
import { Stack, Tags } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { PlannedFunction } from "../../compiler/plan.ts";
import { VARIABLES } from "../../runtime/deployed.ts";
import type { PreparedBundle } from "../code/prepared-bundle.ts";
import { KitFunction } from "../kit-function.ts";
import type { Platform } from "../platform/platform.ts";
import { grantPlanned } from "./function-grants.ts";
import { functionPackage } from "./function-package.ts";
import { type ModelParts, modelParts, secretOf } from "./model-parts.ts";

export interface StepFunctionsProps {
  readonly platform: Platform;
  readonly bundle: PreparedBundle;
  readonly retentionClass: string;
}

type PlannedAgent = Extract<PlannedFunction, { readonly kind: "agent" }>;

/** All variables of a function have 4 KB together, and an ARN takes up to 150 bytes of them. */
const MOST_TOOL_FUNCTIONS = 20;

export class StepFunctions extends Construct {
  readonly all: readonly KitFunction[];
  /** Those that the machine calls; tools are called by agents alone. */
  readonly steps: readonly KitFunction[];
  /** Version ARN by the function's name in the plan. */
  readonly versions: ReadonlyMap<string, string>;
  readonly #props: StepFunctionsProps;
  readonly #made = new Map<string, KitFunction>();

  constructor(scope: Construct, id: string, props: StepFunctionsProps) {
    super(scope, id);
    this.#props = props;
    const { functions } = props.bundle.plan;
    // Agents name the versions of their tools, so those come first.
    for (const planned of functions) {
      if (planned.kind !== "agent") this.#made.set(planned.name, this.#make(planned));
    }
    for (const planned of functions) {
      if (planned.kind === "agent") this.#made.set(planned.name, this.#makeAgent(planned));
    }
    const inOrder = functions.map(({ name, step }) => ({ name, step, made: this.#find(name) }));
    this.all = inOrder.map(({ made }) => made);
    this.steps = inOrder.filter(({ step }) => step !== null).map(({ made }) => made);
    this.versions = new Map(
      inOrder.map(({ name, made }) => [name, made.function.currentVersion.functionArn]),
    );
  }

  #make(planned: Exclude<PlannedFunction, PlannedAgent>): KitFunction {
    const { platform } = this.#props;
    const model =
      planned.kind === "model"
        ? modelParts(this.#nameOf(planned), planned.document, platform.models)
        : undefined;
    const secret = planned.kind === "mcp" ? this.#secretOf(planned) : undefined;
    const made = this.#function(planned, variablesOf(planned), model);
    grantPlanned(made, planned, { platform, model, secret });
    return made;
  }

  /**
   * A version of an agent calls the versions of its tools that were deployed with it: what a run in
   * flight may do does not change under it.
   */
  #makeAgent(planned: PlannedAgent): KitFunction {
    const { platform } = this.#props;
    const what = this.#nameOf(planned);
    const { document } = planned;
    const names = [...new Set(document.tools.map((tool) => tool.function))];
    if (names.length > MOST_TOOL_FUNCTIONS) {
      throw new Error(
        `${what}: its tools are ${names.length} functions; ${MOST_TOOL_FUNCTIONS} can be deployed. ` +
          "Give it fewer tools, or split its task.",
      );
    }
    const tools = names.map((name) => this.#find(name));
    const versions = Object.fromEntries(
      names.map((name) => [name, this.#find(name).function.currentVersion.functionArn]),
    );
    const model = modelParts(what, document, platform.models);
    const variables = { [VARIABLES.tools]: this.#json(versions) };
    const made = this.#function(planned, variables, model);
    grantPlanned(made, planned, { platform, model, tools });
    return made;
  }

  #function(
    planned: PlannedFunction,
    variables: Readonly<Record<string, string>>,
    model: ModelParts | undefined,
  ): KitFunction {
    const { platform, bundle, retentionClass } = this.#props;
    const { name, timeout, memory } = planned;
    const made = new KitFunction(this, name, {
      description: this.#nameOf(planned),
      files: functionPackage(planned, bundle, platform.handlers, model),
      timeout,
      memory,
      environment: {
        ...platform.variables,
        [VARIABLES.runsBucket]: platform.runs.bucketName,
        [VARIABLES.retention]: retentionClass,
        [VARIABLES.table]: platform.table.tableName,
        ...(model && { [VARIABLES.models]: JSON.stringify(platform.models) }),
        ...variables,
      },
      logRetention: platform.logRetention,
      removalPolicy: platform.removalPolicy,
    });
    Tags.of(made).add(planned.step === null ? "espalier:tool" : "espalier:step", name);
    return made;
  }

  #secretOf(planned: Extract<PlannedFunction, { readonly kind: "mcp" }>): string | undefined {
    const { server } = planned.document;
    const what = this.#nameOf(planned);
    if ("command" in server) {
      throw new Error(
        `${what}: its MCP server "${server.command}" is a process, which can be started on one ` +
          "machine only. Bind a toolset here whose server has a url.",
      );
    }
    return server.apiKey && secretOf(what, server.apiKey);
  }

  #nameOf({ name }: PlannedFunction): string {
    return `${this.#props.bundle.plan.workflow}: ${name}`;
  }

  #find(name: string): KitFunction {
    const found = this.#made.get(name);
    if (found) return found;
    throw new Error(`The plan of ${this.#props.bundle.plan.workflow} has no function "${name}".`);
  }

  /** With the CDK's tokens in it. */
  #json(value: Readonly<Record<string, string>>): string {
    return Stack.of(this).toJsonString(value);
  }
}

function variablesOf(planned: PlannedFunction): Readonly<Record<string, string>> {
  const { kind, effect } = planned;
  return kind === "task" || kind === "tool" || kind === "mcp" ? { [VARIABLES.effect]: effect } : {};
}
