/** Deployed bundles on one machine: the engine, the functions, the ports on files, and HTTP. */
import { ulid } from "ulid";
import type { Engine } from "../../engine/index.ts";
import { deliverPending } from "../../runtime/approval/deliver.ts";
import { closeApprovalsOfRun } from "../../runtime/approval/find-approvals.ts";
import type { ApprovalPorts } from "../../runtime/approval/request-approval.ts";
import type { RunInput } from "../../runtime/call.ts";
import type {
  Control,
  DeployedWorkflow,
  RunDetail,
  RunEvent,
  RunRecord,
  StartRun,
} from "../../runtime/control.ts";
import { ControlOnPorts } from "../../runtime/control-on-ports.ts";
import type { Json } from "../../runtime/json.ts";
import { getRun } from "../../runtime/runs.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import { tidyPorts } from "../ports/index.ts";
import { stepFunctionsApi } from "../stepfunctions/index.ts";
import { startBackground } from "./background.ts";
import { checkInput } from "./check-input.ts";
import type { DeployableControl } from "./control-routes.ts";
import type { Deployment } from "./deployment.ts";
import { Deployments } from "./deployments.ts";
import { followHistory, isEngineError, requestError } from "./engine-calls.ts";
import { type LocalRuntimeOptions, openParts, type RuntimeParts } from "./open-parts.ts";
import { executionArn, machineArn } from "./placeholders.ts";
import { checkOwn, pulledRun } from "./pulled-runs.ts";
import { runFolder } from "./run-folder.ts";
import { checkFree, checkRunName, runExists } from "./run-name.ts";
import { RunRecorder } from "./run-recorder.ts";
import { runInput } from "./run-report.ts";
import { sameRequest } from "./same-request.ts";
import { type ControlServer, serveControl } from "./serve-control.ts";

export class LocalRuntime extends ControlOnPorts implements DeployableControl {
  readonly #parts: RuntimeParts;
  readonly #engine: Engine;
  readonly #deployments: Deployments;
  readonly #recorder: RunRecorder;
  readonly #stopped = new AbortController();
  #server: ControlServer | undefined;
  #stopBackground: (() => Promise<void>) | undefined;
  #closing: Promise<void> | undefined;
  #isStarted = false;

  /**
   * Opens the data folder, goes on with every run that a crash or an earlier close left, and serves.
   * Throws `RequestError`: `DataFolderInUse`, `DataFolderNewer`, `DataFolderUnusable`, `PortInUse`.
   */
  static async open(options: LocalRuntimeOptions): Promise<LocalRuntime> {
    const parts = await openParts(options);
    // From here on the folder is this runtime's.
    const runtime = new LocalRuntime(parts);
    try {
      await Promise.all([parts.bundles.tidy(), tidyPorts(parts.portsFolder)]);
      await runtime.#start(options);
      return runtime;
    } catch (error) {
      await runtime.close();
      throw error;
    }
  }

  private constructor(parts: RuntimeParts) {
    const { engine, ports } = parts;
    super(ports);
    this.#parts = parts;
    this.#engine = engine;
    this.#deployments = new Deployments(engine, parts.bundles, ports.records);
    parts.functions.useDeployments(this.#deployments);
    this.#recorder = new RunRecorder({
      engine,
      ports,
      runs: parts.runs,
      traceContent: parts.traceContent,
      bundleOf: (arn) => this.#deployments.bundleOf(arn),
      onError: parts.onError,
    });
    engine.subscribe(({ executionArn, event }) => this.#recorder.observe(executionArn, event));
  }

  async #start({ port = 0, notify }: LocalRuntimeOptions): Promise<void> {
    // The engine takes its tasks up in the next turn of the event loop: only then are all tokens known.
    await new Promise(setImmediate);
    await deliverPending(this.ports);
    await this.#recorder.catchUp();
    this.#server = await serveControl(this, {
      directory: this.#parts.directory,
      port,
      stepFunctions: stepFunctionsApi(this.#engine),
      pages: {
        ports: this.approvalPorts,
        outbox: this.#parts.outbox,
        signIn: notify?.signIn,
        onError: this.#parts.onError,
      },
    });
    this.#parts.served.tell(this.#server.url);
    this.#isStarted = true;
    this.#stopBackground = startBackground(this.approvalPorts, this.#parts.onError);
  }

  protected override get approvalPorts(): ApprovalPorts {
    return { ...this.ports, messenger: this.#parts.messenger };
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  async deploy(deployment: Deployment): Promise<void> {
    await this.#deployments.deploy(deployment);
  }

  workflows(): Promise<readonly DeployedWorkflow[]> {
    return this.#deployments.list();
  }

  async startRun(request: StartRun): Promise<RunRecord> {
    const { plan } = await this.#deployments.current(request.workflow);
    const name = request.name ?? `${plan.workflow}-${ulid(this.#now()).toLowerCase()}`;
    checkRunName(name);
    checkInput(plan, request.input);
    await checkFree(name, plan.workflow, this.#parts);
    const input: RunInput = {
      input: request.input,
      run: {
        principal: request.principal,
        customer: request.customer ?? null,
        ...(request.repair && { repair: request.repair }),
        ...(plan.type === "express" && { startedAt: new Date(this.#now()).toISOString() }),
      },
      config: plan.config,
    };
    const arn = executionArn(plan.workflow, name);
    const text = JSON.stringify(input);
    try {
      await this.#engine.startExecution({
        stateMachineArn: machineArn(plan.workflow),
        name,
        input: text,
      });
    } catch (error) {
      if (!isEngineError(error, "ExecutionAlreadyExists")) throw requestError(error, name);
      const standing = await this.#engine.describeExecution({ executionArn: arn });
      if (!sameRequest(standing.input, text)) throw runExists(name, plan.workflow);
    }
    await this.#recorder.record(arn);
    return getRun(name, this.ports);
  }

  async run(id: string): Promise<RunDetail> {
    const known = await getRun(id, this.ports);
    const pulled = await pulledRun(this.#parts.runs, id);
    if (pulled) return { ...known, ...pulled.detail };
    const arn = executionArn(known.workflow, id);
    // The record follows the execution at a small distance; whoever asks for one run gets it as it is.
    await this.#recorder.record(arn);
    const record = await getRun(id, this.ports);
    const execution = await this.#engine.describeExecution({ executionArn: arn });
    const bundle = await this.#deployments.bundleOf(arn);
    return {
      ...record,
      input: runInput(execution),
      output: execution.output === undefined ? null : (JSON.parse(execution.output) as Json),
      waitingFor: await this.waitingFor(record),
      steps: bundle?.plan.steps ?? [],
      location: runFolder(this.#parts.runs, id),
    };
  }

  async *history(
    id: string,
    options: Parameters<Control["history"]>[1] = {},
  ): AsyncGenerator<RunEvent> {
    const { workflow } = await getRun(id, this.ports);
    const { after = 0, follow = false, signal } = options;
    const pulled = await pulledRun(this.#parts.runs, id);
    if (pulled) {
      for (const event of await pulled.events()) if (event.id > after) yield event;
      return;
    }
    const stopped = this.#stopped.signal;
    yield* followHistory(this.#engine, executionArn(workflow, id), {
      after,
      follow,
      signal: signal ? AbortSignal.any([signal, stopped]) : stopped,
    });
  }

  override async journals(id: string): Promise<RunJournals> {
    return (await pulledRun(this.#parts.runs, id))?.journals ?? super.journals(id);
  }

  async stopRun(id: string, reason: string): Promise<void> {
    const { workflow } = await getRun(id, this.ports);
    await checkOwn(this.#parts.runs, id, "RunNotStoppable");
    const arn = executionArn(workflow, id);
    await this.#engine.stopExecution({ executionArn: arn, error: "Stopped", cause: reason });
    await this.#recorder.record(arn);
    await closeApprovalsOfRun(id, this.ports);
  }

  async redriveRun(id: string): Promise<void> {
    const { workflow } = await getRun(id, this.ports);
    await checkOwn(this.#parts.runs, id, "RunNotRedrivable");
    const arn = executionArn(workflow, id);
    try {
      await this.#engine.redriveExecution({ executionArn: arn });
    } catch (error) {
      throw requestError(error, id);
    }
    await this.#recorder.record(arn);
  }

  /** Lets go of the folder. Runs stay as they are, and go on when it is opened again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Before the followers end: whoever follows from another process must not take this for the run's end.
    await this.#server?.close();
    this.#parts.served.end();
    this.#stopped.abort();
    await this.#stopBackground?.();
    const { functions, tasks, events } = this.#parts;
    // First nothing new begins, then the workers go, then what is still being written is awaited.
    await this.#engine.close();
    await functions.close();
    await tasks.settled();
    await this.#recorder.settled();
    if (this.#isStarted) await this.#recorder.seal();
    await events.close();
  }

  #now(): number {
    return this.ports.clock.now().getTime();
  }
}
