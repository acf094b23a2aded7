/** What a runtime is made of, opened together, since its parts need each other. */
import {
  type Engine,
  type EngineClock,
  SystemClock,
  type TaskInvoker,
} from "../../engine/index.ts";
import type { TraceSettings } from "../../manifest/environment/environment.ts";
import type { Messenger } from "../../runtime/approval/notifier.ts";
import { endedSteps, type StepsSoFar } from "../../runtime/approval/steps-so-far.ts";
import type { NotifySettings } from "../../runtime/notify/notify-settings.ts";
import type { Clock, Ports } from "../../runtime/ports.ts";
import { runEvent } from "../../runtime/run-event.ts";
import { timeline } from "../../runtime/timeline.ts";
import type { ModelHosting } from "../functions/index.ts";
import { localMessenger } from "../outbox/local-messenger.ts";
import { Outbox } from "../outbox/outbox.ts";
import { ServedAt } from "../outbox/served-at.ts";
import { openPorts } from "../ports/index.ts";
import { BundleStore } from "./bundle-store.ts";
import { openDataFolder } from "./data-folder.ts";
import { engineTokens, readHistory } from "./engine-calls.ts";
import { EventLog, type LoggedEvent } from "./event-log.ts";
import { LocalFunctions } from "./local-functions.ts";
import { openEngine } from "./open-engine.ts";
import { executionArn } from "./placeholders.ts";
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

export interface RuntimeParts {
  readonly directory: string;
  readonly runs: string;
  readonly engine: Engine;
  readonly ports: Ports;
  /** The folder of the ports. */
  readonly portsFolder: string;
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

/** Throws `RequestError`: `DataFolderInUse`, `DataFolderNewer`, `DataFolderUnusable`. */
export async function openParts(options: LocalRuntimeOptions): Promise<RuntimeParts> {
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
  return {
    directory: folder.path,
    runs: folder.runs,
    engine,
    ports,
    portsFolder: folder.ports,
    bundles,
    functions,
    tasks,
    events,
    served,
    outbox,
    messenger,
    traceContent: options.traces?.content ?? false,
    onError,
  };
}

/** For a runtime that only looks and decides: the task stays under way until another one performs it. */
const hold: TaskInvoker = () => new Promise(() => undefined);

function reportError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`espalier: ${text}\n`);
}
