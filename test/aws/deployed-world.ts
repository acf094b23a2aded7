/**
 * A deployed environment on this machine: the bundle `hello` of the kit's template, its functions as
 * they are deployed, called by the engine as Step Functions would call them; DynamoDB, S3 and the
 * Step Functions API behind the unmodified SDK; and events of executions as EventBridge sends them.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { vi } from "vitest";
import { bundleFiles } from "../../lib/bundle/bundle-files.ts";
import { sha256 } from "../../lib/bundle/digest.ts";
import { loadBundle, lockText } from "../../lib/bundle/index.ts";
import { compile, type Plan } from "../../lib/compiler/index.ts";
import { deployedDefinition } from "../../lib/constructs/workflow/definition.ts";
import { Engine, type HistoryEvent, type TaskCall, TaskError } from "../../lib/engine/index.ts";
import {
  type EnvironmentParts,
  environmentParameter,
  machineName,
  VARIABLES,
} from "../../lib/runtime/deployed.ts";
import { type WorkflowParts, workflowParameter } from "../../lib/runtime/deployed-workflow.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";
import { jsonError, startProxy } from "./faulty-proxy.ts";
import { type LogService, logLine, startLogs } from "./log-service.ts";
import { type PlatformServices, startServices } from "./platform-services.ts";
import { type S3Server, startS3 } from "./s3-server.ts";
import { serveStepFunctions } from "./token-world.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const ENVIRONMENT = "test";
const APPROVAL = "approval-of-test";
const QUEUE = "http://127.0.0.1/000000000000/refused";

type Handler = (payload: unknown, context: object) => Promise<unknown>;

export interface DeployedWorld {
  readonly engine: Engine;
  readonly s3: S3Server;
  readonly services: PlatformServices;
  /** The log of the machine, if it is an express one. */
  readonly logs: LogService;
  readonly dynalite: Dynalite;
  readonly table: string;
  readonly plan: Plan;
  readonly digest: string;
  /** What the function of approvals was called with by others than machines. */
  readonly announced: readonly unknown[];
  readonly intake: Handler;
  readonly runs: Handler;
  /** ARNs of executions that Step Functions shall not know any more. */
  readonly forgotten: Set<string>;
  /** Puts the bundle and its plan into the bundles bucket, as a deployment does. */
  keepBundle(): Promise<void>;
  /** Status changes that the engine's executions have caused, in EventBridge's shape. */
  readonly statusChanges: object[];
  /** Resolves once all status changes so far are among them. */
  settled(): Promise<void>;
  /** Hands each status change to the function `runs`, `times` times. */
  reportRuns(times?: number): Promise<void>;
  close(): Promise<void>;
}

export const context = {
  awsRequestId: "request-1",
  getRemainingTimeInMillis: () => 30_000,
};

const HELLO = join(REPOSITORY, "lib/cli/template/bundles/hello");

/** Sets the environment variables of this process; `close` takes them back. */
export async function deployHello(source = HELLO): Promise<DeployedWorld> {
  const [dynalite, s3, services, logs] = await Promise.all([
    startDynalite(),
    startS3(),
    startServices(),
    startLogs(),
  ]);
  const folder = await mkdtemp(join(tmpdir(), "espalier-aws-"));
  const table = await dynalite.createTable();
  const { bundle } = await loadBundle(source);
  const plan = bundle && compile(bundle, { today: "2026-11-21" }).plan;
  if (!bundle || !plan) throw new Error(`${source} does not compile.`);
  const { digest } = bundle;
  const planText = Buffer.from(`${JSON.stringify(plan, null, 2)}\n`);

  const functions = new Map<string, Handler>();
  const engine = await Engine.open({
    invoke: async (task: TaskCall) => {
      const { FunctionName, Payload } = task.arguments as { FunctionName: string; Payload: Json };
      const called = functions.get(FunctionName);
      if (!called) throw new TaskError("Lambda.ResourceNotFoundException", FunctionName);
      try {
        return {
          ExecutedVersion: "1",
          StatusCode: 200,
          Payload: await called(Payload, context),
        };
      } catch (error) {
        const { name, message } = error as Error;
        throw new TaskError(name, JSON.stringify({ errorType: name, errorMessage: message }));
      }
    },
  });
  const api = await serveStepFunctions(engine);
  const stepFunctions = await startProxy(api.url);
  const forgotten = new Set<string>();
  stepFunctions.fault = ({ body }) => {
    const { executionArn } = JSON.parse(body.toString()) as { executionArn?: string };
    // Step Functions keeps nothing of express executions.
    const isGone =
      executionArn !== undefined &&
      (forgotten.has(executionArn) || executionArn.includes(":express:"));
    return isGone ? { answer: jsonError("ExecutionDoesNotExist") } : undefined;
  };
  const { stateMachineArn } = await engine.createStateMachine({
    name: machineName(ENVIRONMENT, plan.workflow),
    type: plan.type === "express" ? "EXPRESS" : "STANDARD",
    roleArn: "arn:aws:iam::000000000000:role/test",
    definition: JSON.stringify(
      deployedDefinition(plan, {
        digest,
        planDigest: sha256(planText),
        environment: ENVIRONMENT,
        eventBus: "espalier-test",
        approval: "approval",
        functions: new Map(plan.functions.map(({ name }) => [name, `step-${name}`])),
        workflows: new Map(),
        resolvePolicy: (policy) => policy,
      }),
    ),
  });

  const set: Record<string, string> = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynalite.url,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    AWS_ENDPOINT_URL_SQS: services.url,
    AWS_ENDPOINT_URL_SSM: services.url,
    AWS_ENDPOINT_URL_STS: services.url,
    AWS_ENDPOINT_URL_LAMBDA: services.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url,
    LAMBDA_TASK_ROOT: folder,
    [VARIABLES.environment]: ENVIRONMENT,
    [VARIABLES.table]: table,
    [VARIABLES.runsBucket]: "runs",
    [VARIABLES.bundlesBucket]: "bundles",
    [VARIABLES.retention]: "standard",
    [VARIABLES.logLevel]: "ERROR",
    [VARIABLES.effect]: "none",
    [VARIABLES.stateMachine]: stateMachineArn,
    [VARIABLES.deadLetters]: QUEUE,
    [VARIABLES.machines]: "arn:aws:states:us-east-1:000000000000:stateMachine:",
    [VARIABLES.approval]: APPROVAL,
  };
  for (const [name, value] of Object.entries(set)) vi.stubEnv(name, value);
  vi.spyOn(console, "log").mockImplementation(() => undefined);

  const triggers = [
    { event: { source: ["com.example"] }, input: { name: "{% $event.detail.name %}" } },
    { name: "nightly", schedule: "rate(1 day)" },
    { "object-created": { bucket: "inbox" }, input: { name: "{% $event.detail.object.key %}" } },
    { http: { method: "POST", path: "/greetings" } },
  ];
  const intakeDocument = {
    format: 1,
    workflow: plan.workflow,
    version: plan.version,
    type: plan.type,
    digest,
    input: plan.contracts.input,
    config: { tone: "kind" },
    triggers,
  };
  await writeFile(join(folder, "intake.json"), JSON.stringify(intakeDocument));

  vi.resetModules();
  const { stepHandler } = await import("../../lambdas/step/index.ts");
  for (const planned of plan.functions) {
    if (planned.kind !== "task") continue;
    const { name: step, entry } = planned;
    const file = join(folder, `${step}.mjs`);
    const { js = "", map = "" } = bundle.code.get(entry) ?? {};
    await writeFile(file, js);
    await writeFile(join(folder, `${basename(entry)}.mjs.map`), map);
    const { default: definition } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      default: unknown;
    };
    vi.stubEnv(VARIABLES.effect, planned.effect);
    functions.set(`step-${step}`, stepHandler(definition) as Handler);
  }
  const announced: unknown[] = [];
  const { handler: approval } = await import("../../lambdas/approval/index.ts");
  functions.set("approval", approval as unknown as Handler);
  const { handler: intake } = await import("../../lambdas/intake/index.ts");
  const { handler: runs } = await import("../../lambdas/runs/index.ts");

  const parts: EnvironmentParts = {
    format: 1,
    environment: ENVIRONMENT,
    table,
    runsBucket: "runs",
    bundlesBucket: "bundles",
    eventBus: "espalier-test",
    retention: "long",
    publish: false,
    approval: APPROVAL,
  };
  const deployed: WorkflowParts = {
    format: 1,
    workflow: plan.workflow,
    version: plan.version,
    digest,
    description: plan.description,
    type: plan.type,
    intake: "intake-of-hello",
  };
  services.parameters.set(environmentParameter(ENVIRONMENT), JSON.stringify(parts));
  services.parameters.set(workflowParameter(ENVIRONMENT, plan.workflow), JSON.stringify(deployed));
  services.functions.set("intake-of-hello", (payload) => intake(payload));
  services.functions.set(APPROVAL, async (payload) => {
    announced.push(payload);
    return approval(payload as Parameters<typeof approval>[0]);
  });

  const statusChanges: object[] = [];
  const listening: Promise<void>[] = [];
  const settled = async () => {
    await Promise.all(listening.splice(0));
  };
  engine.subscribe(({ executionArn, event }) => {
    if (executionArn.includes(":express:")) logs.lines.push(logLine(executionArn, event));
    else if (CHANGES.test(event.type)) listening.push(change(executionArn, event));
  });
  async function change(executionArn: string, event: HistoryEvent): Promise<void> {
    const described = await engine.describeExecution({ executionArn });
    statusChanges.push(statusChange(described, event.type));
  }

  return {
    engine,
    s3,
    services,
    logs,
    dynalite,
    table,
    plan,
    digest,
    forgotten,
    async keepBundle() {
      const [{ S3Objects }, { lazyS3 }, { storeBundle }] = await Promise.all([
        import("../../lib/aws/s3-objects.ts"),
        import("../../lib/aws/lazy-s3.ts"),
        import("../../lambdas/snapshot/store-bundle.ts"),
      ]);
      const files = new Map(
        [...bundleFiles(bundle)].map(([path, content]) => [path, Buffer.from(content)]),
      );
      const lock = Buffer.from(lockText(bundle, ENVIRONMENT));
      await storeBundle(
        { digest, files, plan: planText, lock },
        new S3Objects("bundles", lazyS3()),
      );
    },
    announced,
    intake: intake as Handler,
    runs: runs as unknown as Handler,
    statusChanges,
    settled,
    async reportRuns(times = 1) {
      await settled();
      for (const event of statusChanges.splice(0)) {
        for (let time = 0; time < times; time += 1) await runs(event, context);
      }
    },
    async close() {
      await stepFunctions.close();
      await api.close();
      await engine.close();
      await Promise.all([dynalite.close(), s3.close(), services.close(), logs.close()]);
      await rm(folder, { recursive: true, force: true });
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
    },
  };
}

const CHANGES = /^Execution(Started|Succeeded|Failed|Aborted|TimedOut|Redriven)$/;

type Described = Awaited<ReturnType<Engine["describeExecution"]>>;

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export function statusChange(described: Described, type: string): object {
  const isRunning = type === "ExecutionStarted" || type === "ExecutionRedriven";
  return {
    version: "0",
    id: "315c1398-40ff-a850-213b-158f73e60175",
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    account: "000000000000",
    time: "2026-11-21T09:00:00Z",
    region: "us-east-1",
    resources: [described.executionArn],
    detail: {
      executionArn: described.executionArn,
      stateMachineArn: described.stateMachineArn,
      name: described.name,
      status: isRunning ? "RUNNING" : described.status,
      startDate: described.startDate.getTime(),
      stopDate: isRunning ? null : (described.stopDate?.getTime() ?? null),
      input: described.input,
      output: described.output ?? null,
      inputDetails: { included: true },
      outputDetails: described.output === undefined ? null : { included: true },
      error: described.error ?? null,
      cause: described.cause ?? null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: described.redriveCount,
      redriveDate: null,
      redriveStatus: isRunning ? "NOT_REDRIVABLE" : "REDRIVABLE",
      redriveStatusReason: null,
    },
  };
}
