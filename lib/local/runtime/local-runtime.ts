/** Deployed bundles on one machine: the engine, the functions, the ports on files, and HTTP. */
import { ulid } from "ulid";
import {
  type Engine,
  type EngineClock,
  SystemClock,
  type TaskInvoker,
} from "../../engine/index.ts";
import type { TraceSettings } from "../../manifest/environment/environment.ts";
import { deliverPending } from "../../runtime/approval/deliver.ts";
import { closeApprovalsOfRun } from "../../runtime/approval/find-approvals.ts";
import type { Messenger } from "../../runtime/approval/notifier.ts";
import type { ApprovalPorts } from "../../runtime/approval/request-approval.ts";
import { endedSteps, type StepsSoFar } from "../../runtime/approval/steps-so-far.ts";
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
import { RequestError } from "../../runtime/errors.ts";
import type { Json } from "../../runtime/json.ts";
import type { NotifySettings } from "../../runtime/notify/notify-settings.ts";
import type { Clock, Ports } from "../../runtime/ports.ts";
import { runEvent } from "../../runtime/run-event.ts";
import { getRun } from "../../runtime/runs.ts";
import { timeline } from "../../runtime/timeline.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import type { ModelHosting } from "../functions/index.ts";
import { localMessenger } from "../outbox/local-messenger.ts";
import { Outbox } from "../outbox/outbox.ts";
import { ServedAt } from "../outbox/served-at.ts";
import { openPorts, tidyPorts } from "../ports/index.ts";
import { stepFunctionsApi } from "../stepfunctions/index.ts";
import { startBackground } from "./background.ts";
import { BundleStore } from "./bundle-store.ts";
import { checkInput } from "./check-input.ts";
import type { DeployableControl } from "./control-routes.ts";
import { openDataFolder } from "./data-folder.ts";
import type { Deployment } from "./deployment.ts";
import { Deployments } from "./deployments.ts";
import {
  engineTokens,
  followHistory,
  isEngineError,
  readHistory,
  requestError,
} from "./engine-calls.ts";
import { EventLog, type LoggedEvent } from "./event-log.ts";
import { LocalFunctions } from "./local-functions.ts";
import { openEngine } from "./open-engine.ts";
import { executionArn, machineArn } from "./placeholders.ts";
import { pulledRun } from "./pulled-runs.ts";
import { runFolder } from "./run-folder.ts";
import { RunRecorder } from "./run-recorder.ts";
import { runInput } from "./run-report.ts";
import { sameRequest } from "./same-request.ts";
import { type ControlServer, serveControl } from "./serve-control.ts";
import { type LocalTasks, localTasks } from "./task-invoker.ts";

export interface LocalRuntimeOptions {
  /** The data folder; made if it is not there. */
  readonly directory: string;
  /** Where to serve, on 127.0.0.1; default 0, any free port. */
  readonly port?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: EngineClock;
  /** False: tasks stay scheduled until a runtime that performs opens the folder. Default true. */
  readonly perform?: boolean;
  /** A folder in which each `NAME/index.mjs` is a function of that name. */
  readonly functions?: string;
  /** Who answers in the place of models. Default: the stand-ins of bundles. */
  readonly models?: ModelHosting;
  /** How people are told, and who says who they are: `notify` of local.yaml. Default: all into the outbox. */
  readonly notify?: NotifySettings;
  /** `traces` of local.yaml. Default: without content. */
  readonly traces?: TraceSettings;
  /** Told of each event that a workflow emits. */
  readonly onEmit?: (event: LoggedEvent) => void;
  /** Told of each line that a function writes. */
  readonly onLog?: (line: FunctionLine) => void;
  /** Told of what goes wrong in the background. Default: a line on stderr. */
  readonly onError?: (error: unknown) => void;
}

export interface FunctionLine {
  readonly function: string;
  readonly text: string;
}

interface Parts {
  readonly directory: string;
  readonly runs: string;
  readonly engine: Engine;
  readonly ports: Ports;
  readonly bundles: BundleStore;
  readonly functions: LocalFunctions;
  readonly tasks: LocalTasks;
  readonly events: EventLog;
  readonly served: ServedAt;
  readonly outbox: Outbox;
  readonly messenger: Messenger;
  readonly traceContent: boolean;
  readonly onError: (error: unknown) => void;
}

export class LocalRuntime extends ControlOnPorts implements DeployableControl {
  readonly #parts: Parts;
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
    const folder = await openDataFolder(options.directory);
    const clock = options.clock ?? new SystemClock();
    const onError = options.onError ?? reportError;
    const bundles = new BundleStore(folder.bundles);
    const events = new EventLog(folder.events, options.onEmit);
    const functions = new LocalFunctions({
      bundles,
      host: {
        ports: folder.ports,
        data: folder.path,
        ...(options.onLog && { onLine: options.onLog }),
        ...(options.models && { models: options.models }),
      },
      folder: options.functions,
    });
    // The engine asks for tasks only after this function has gone on, and by then it is there.
    const portsClock: Clock = { now: () => new Date(clock.now()) };
    const ports: Ports = {
      ...openPorts(folder.ports, portsClock),
      tokens: engineTokens(() => engine),
      clock: portsClock,
    };
    const served = new ServedAt();
    const outbox = new Outbox(folder.outbox, portsClock);
    const messenger = localMessenger({
      directory: folder.path,
      outbox,
      settings: options.notify ?? {},
      ports,
      origin: () => served.url(),
      onError,
    });
    const stepsSoFar: StepsSoFar = async ({ run: { workflow, id, digest } }) => {
      const history = await readHistory(engine, executionArn(workflow, id));
      const bundle = await bundles.load(digest);
      return endedSteps(timeline(history.map(runEvent), bundle?.plan.steps ?? []));
    };
    const approvalPorts = { ...ports, messenger, timeline: stepsSoFar };
    const tasks = localTasks({ functions, ports: approvalPorts, events });
    const engine: Engine = await openEngine(folder.path, {
      directory: folder.engine,
      clock,
      invoke: options.perform === false ? hold : tasks.invoke,
    });
    // From here on the folder is this runtime's.
    const runtime = new LocalRuntime({
      directory: folder.path,
      runs: folder.runs,
      engine,
      ports,
      bundles,
      functions,
      tasks,
      events,
      served,
      outbox,
      messenger,
      traceContent: options.traces?.content ?? false,
      onError,
    });
    try {
      await Promise.all([bundles.tidy(), tidyPorts(folder.ports)]);
      await runtime.#start(options);
      return runtime;
    } catch (error) {
      await runtime.close();
      throw error;
    }
  }

  private constructor(parts: Parts) {
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
    await this.#checkFree(name, plan.workflow);
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
    await this.#checkOwn(id, "RunNotStoppable");
    const arn = executionArn(workflow, id);
    await this.#engine.stopExecution({ executionArn: arn, error: "Stopped", cause: reason });
    await this.#recorder.record(arn);
    await closeApprovalsOfRun(id, this.ports);
  }

  async redriveRun(id: string): Promise<void> {
    const { workflow } = await getRun(id, this.ports);
    await this.#checkOwn(id, "RunNotRedrivable");
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

  async #checkOwn(id: string, code: "RunNotStoppable" | "RunNotRedrivable"): Promise<void> {
    if (!(await pulledRun(this.#parts.runs, id))) return;
    const hint = "Name where it ran with --environment.";
    throw new RequestError(code, `The run "${id}" ran elsewhere, and was pulled.`, hint);
  }

  /** Runs are found by their name alone, so it is taken for all workflows at once. */
  async #checkFree(name: string, workflow: string): Promise<void> {
    try {
      const standing = await getRun(name, this.ports);
      const isTaken = standing.workflow !== workflow || (await pulledRun(this.#parts.runs, name));
      if (isTaken) throw runExists(name, standing.workflow);
    } catch (error) {
      if (!(error instanceof RequestError && error.code === "RunNotFound")) throw error;
    }
  }
}

/** For a runtime that only looks and decides: the task stays under way until another one performs it. */
const hold: TaskInvoker = () => new Promise(() => undefined);

function runExists(name: string, workflow: string): RequestError {
  return new RequestError(
    "RunExists",
    `There is a run "${name}" already, of "${workflow}" and with another input.`,
    "Choose another name, or none: then one is made.",
  );
}

/** The characters that Step Functions, paths and shells all take as they are. */
function checkRunName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name)) return;
  throw new RequestError(
    "NameInvalid",
    `${JSON.stringify(name)} is no name for a run.`,
    "Use 1 to 80 letters, digits, dashes and underscores.",
  );
}

function reportError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`espalier: ${text}\n`);
}
