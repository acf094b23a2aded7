/** What each record does to the state of an execution: the same live as after a restart. */
import { errorOutput, NO_FAILURE } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { Frame } from "./frame.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Graph } from "./machine.ts";
import type { Rec } from "./record.ts";

type Effect = (x: Execution, f: Frame, rec: Rec) => void;

export function apply(x: Execution, f: Frame, rec: Rec): void {
  const effect = EFFECTS[rec.type];
  if (effect === undefined) throw new Error(`unknown record ${rec.type}`);
  effect(x, f, rec);
}

const advance: Effect = (_x, f, rec) => {
  if (rec.id > 0) f.last = rec.id;
};

/** Events that stand beside the chain: the next event does not follow them. */
const aside: Effect = () => {};

const entered: Effect = (x, f, rec) => {
  const name = member(rec, "name") as string;
  f.state = f.graph.states.get(name);
  f.value = member(rec, "input");
  f.phase = "entered";
  f.result = undefined;
  f.failure = undefined;
  f.next = undefined;
  f.token = undefined;
  f.early = undefined;
  f.retryCount = 0;
  f.reported = false;
  f.catching = false;
  if (f.attempts.length > 0) f.attempts = [];
  if (f.children.length > 0) f.children = [];
  f.enteredId = rec.id;
  f.enteredPrev = f.last;
  f.enteredAt = rec.at;
  advance(x, f, rec);
};

const exited: Effect = (x, f, rec) => {
  const assigned = rec.d?.assignedVariables;
  if (assigned !== undefined) f.variables.assign(assigned as JsonObject);
  f.value = member(rec, "output");
  f.next = rec.x?.n;
  f.phase = f.next === undefined ? "done" : "exited";
  f.children = [];
  f.items = [];
  advance(x, f, rec);
};

const scheduled: Effect = (x, f, rec) => {
  f.phase = "scheduled";
  f.attached = false;
  f.scheduled = rec.d;
  f.scheduledAt = rec.at;
  f.token = rec.x?.token;
  f.childName = rec.x?.child;
  f.early = undefined;
  advance(x, f, rec);
};

const succeeded: Effect = (x, f, rec) => {
  f.phase = "succeeded";
  f.result = member(rec, "output");
  advance(x, f, rec);
};

const failed: Effect = (x, f, rec) => {
  f.phase = "failed";
  f.failure = {
    error: rec.d?.error as string | undefined,
    cause: rec.d?.cause as string | undefined,
    ...(rec.x?.heartbeat === true ? { heartbeat: true } : {}),
  };
  advance(x, f, rec);
};

const reported: Effect = (x, f, rec) => {
  f.reported = true;
  advance(x, f, rec);
};

/** The results of the branches or iterations become that of the state. */
const gather: Effect = (_x, f) => {
  f.phase = "succeeded";
  f.result = f.children.map((child) =>
    child.phase === "done" ? child.value : errorOutput(child.failure ?? NO_FAILURE),
  );
};

const ended =
  (status: Execution["status"]): Effect =>
  (x, _f, rec) => {
    x.status = status;
    x.stopDate = rec.at;
    x.output = rec.d?.output;
    // A timed-out execution has neither error nor cause when it is described.
    if (status === "TIMED_OUT") return;
    x.error = rec.d?.error as string | undefined;
    x.cause = rec.d?.cause as string | undefined;
  };

function start(f: Frame): void {
  f.phase = "running";
  f.attached = false;
  f.children = [];
  f.failures = 0;
  f.ended = 0;
}

const settle =
  (how: "succeeded" | "failed"): Effect =>
  (x, f, rec) => {
    const child = f.children[member(rec, "index") as number];
    if (child !== undefined) child.settled = true;
    f.ended++;
    if (how === "failed") f.failures++;
    else advance(x, f, rec);
  };

const EFFECTS: Readonly<Record<string, Effect | undefined>> = {
  ExecutionStarted: aside,
  ExecutionSucceeded: ended("SUCCEEDED"),
  ExecutionFailed: ended("FAILED"),
  ExecutionAborted: ended("ABORTED"),
  ExecutionTimedOut: ended("TIMED_OUT"),
  ExecutionRedriven(x, f, rec) {
    x.status = "RUNNING";
    x.stopDate = undefined;
    x.output = undefined;
    x.error = undefined;
    x.cause = undefined;
    x.redriveCount++;
    x.redriveDate = rec.at;
    redrive(f, rec.id);
  },
  TaskScheduled: scheduled,
  LambdaFunctionScheduled: scheduled,
  TaskStarted: advance,
  LambdaFunctionStarted: advance,
  TaskSubmitted(x, f, rec) {
    f.phase = "submitted";
    f.attached = false;
    f.result = member(rec, "output");
    advance(x, f, rec);
  },
  TaskSucceeded: succeeded,
  LambdaFunctionSucceeded: succeeded,
  TaskFailed: failed,
  TaskTimedOut: failed,
  LambdaFunctionFailed: failed,
  LambdaFunctionTimedOut: failed,
  EvaluationFailed: failed,
  ParallelStateStarted(x, f, rec) {
    start(f);
    advance(x, f, rec);
    const input = rec.x?.input as Json;
    f.children = f.current.graphs.map((graph, i) => newChild(x, f, graph, input, i));
  },
  MapStateStarted(x, f, rec) {
    start(f);
    f.items = rec.x?.items ?? [];
    f.concurrency = rec.x?.concurrency ?? 0;
    f.toleratedCount = rec.x?.toleratedCount;
    f.toleratedPercentage = rec.x?.toleratedPercentage;
    advance(x, f, rec);
  },
  MapIterationStarted(x, f, rec) {
    const index = member(rec, "index") as number;
    const graph = f.current.graphs[0] as Graph;
    const child = newChild(x, f, graph, rec.x?.input as Json, index, f.items[index]);
    child.last = rec.id;
    f.children[index] = child;
  },
  MapIterationSucceeded: settle("succeeded"),
  MapIterationFailed: settle("failed"),
  MapIterationAborted: aside,
  MapRunStarted: advance,
  MapRunSucceeded(x, f, rec) {
    // AWS's own histories go on from it where the Map is the first state, and only there.
    if (f.enteredPrev === 0) advance(x, f, rec);
  },
  MapRunFailed: advance,
  MapStateSucceeded: gather,
  ParallelStateSucceeded: gather,
  MapStateFailed: reported,
  ParallelStateFailed: reported,
  TaskStateAborted: aside,
  WaitStateAborted: aside,
  MapStateAborted: aside,
  ParallelStateAborted: aside,
  retry(_x, f, rec) {
    const i = rec.x?.i ?? 0;
    f.attempts[i] = (f.attempts[i] ?? 0) + 1;
    f.retryCount++;
    f.wakeAt = rec.x?.at ?? 0;
    f.phase = "retrying";
    f.attached = false;
    f.children = [];
  },
  wait(_x, f, rec) {
    f.wakeAt = rec.x?.at ?? 0;
    f.phase = "waiting";
    f.attached = false;
  },
  fail(_x, f, rec) {
    f.phase = "failed";
    f.failure = {
      error: rec.x?.error,
      cause: rec.x?.cause,
      ...(rec.x?.terminal === true ? { terminal: true } : {}),
    };
    if (rec.x?.last !== undefined) f.last = rec.x.last;
  },
  early(_x, f, rec) {
    const { output, error, cause } = rec.x ?? {};
    f.early = output !== undefined ? { output } : { failure: { error, cause } };
  },
};

for (const type of ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"]) {
  Object.assign(EFFECTS, { [`${type}StateEntered`]: entered, [`${type}StateExited`]: exited });
}

function newChild(
  x: Execution,
  f: Frame,
  graph: Graph,
  input: Json,
  index: number,
  item?: Json,
): Frame {
  const child = new Frame(
    x.frames.length,
    f,
    graph,
    input,
    index,
    item,
    f.hidden || f.current.distributed,
  );
  child.last = f.last;
  x.frames.push(child);
  return child;
}

function member(rec: Rec, name: string): Json {
  return rec.d?.[name] ?? null;
}

/**
 * Takes up what had not ended: a failed or aborted state starts over with its input and with
 * fresh retries, inside a Parallel or a Map only where a branch or an iteration had not succeeded.
 * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
function redrive(f: Frame, last: number): void {
  f.halted = false;
  if (f.phase === "done" || f.phase === "new") return;
  f.last = last;
  f.reported = false;
  f.catching = false;
  f.attempts = [];
  f.retryCount = 0;
  f.early = undefined;
  f.attached = false;
  const unfinished = f.children.filter((child) => child !== undefined && child.phase !== "done");
  const dataLimit = f.failure?.error === "States.DataLimitExceeded";
  if (f.children.length > 0 && !dataLimit) {
    f.phase = "running";
    f.failures = 0;
    f.ended = f.children.filter((child) => child?.settled && child.phase === "done").length;
    for (const child of unfinished) {
      child.settled = false;
      redrive(child, last);
    }
  } else if (f.state?.type === "Fail") {
    // A Fail state is entered again, and fails again.
    f.phase = "exited";
    f.next = f.state.name;
  } else if (f.phase !== "waiting" && f.phase !== "exited") {
    f.phase = "entered";
  }
  f.failure = undefined;
}
