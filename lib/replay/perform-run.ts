/** Runs a machine on the engine, and answers its calls in the order in which they were answered once. */
import { Engine, type HistoryEvent, type TaskCall } from "../engine/index.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import type { RecordedCall } from "../runtime/recorded-calls.ts";
import { CallMatcher } from "./match-calls.ts";
import { ReplayClock } from "./replay-clock.ts";
import type { ReplayMachine } from "./replay-definition.ts";

/** A call that the replay has made. */
export interface MadeCall {
  readonly state: string;
  readonly iteration: string;
  /** Counts the calls of this state and iteration from 0. */
  readonly number: number;
  readonly request: JsonObject;
  /** Unix milliseconds, virtual. */
  readonly now: number;
  /** The call of the run that it repeats. */
  readonly recorded: RecordedCall | undefined;
}

export type Answer =
  | { readonly output: Json }
  | { readonly error: string; readonly cause: string | undefined };

export interface Performance {
  readonly workflow: string;
  readonly id: string;
  readonly machine: Pick<ReplayMachine, "definition" | "definitions">;
  readonly input: Json;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** How often a person made the run go on after it had failed. */
  readonly redrives: number;
  readonly calls: readonly RecordedCall[];
  /** Whether it is another bundle's machine: its maps may have other items. */
  readonly isOther?: boolean;
  /** Whether the history is given with its data. */
  readonly withData?: boolean;
  /** Undefined: there is no answer, and whatever depends on it does not happen. */
  answer(call: MadeCall): Promise<Answer | undefined>;
}

export interface Performed {
  readonly status: string;
  readonly output: Json;
  readonly error: string | null;
  readonly events: readonly HistoryEvent[];
  /** Calls of the run that were never made. */
  readonly missing: readonly RecordedCall[];
  /** Of iterations, in the run, by those in the replay; the same where there is none. */
  readonly names: ReadonlyMap<string, string>;
}

interface Pending extends MadeCall {
  readonly task: TaskCall;
}

const LIMIT_BYTES = 256 * 1024;
const TOO_LARGE = {
  error: "States.DataLimitExceeded",
  cause: "The answer is larger than 256 KiB.",
};

export async function performRun(performance: Performance): Promise<Performed> {
  return new Performer(performance).perform();
}

class Performer {
  readonly #given: Performance;
  readonly #clock: ReplayClock;
  /** Calls that were recorded and not made yet, by state and iteration. */
  readonly #open = new Map<string, RecordedCall[]>();
  readonly #made = new Map<string, number>();
  /** In the order of their answers. */
  readonly #order: readonly RecordedCall[];
  readonly #done = new Set<RecordedCall>();
  #next = 0;
  #pending: Pending[] = [];
  #engine: Engine | undefined;
  #arn = "";
  #isAnswering = false;
  #failed: ((error: unknown) => void) | undefined;
  readonly #matcher: CallMatcher | undefined;

  constructor(given: Performance) {
    this.#given = given;
    this.#clock = new ReplayClock(given.startedAt, () => {
      if (!this.#isAnswering) this.#step().catch((error: unknown) => this.#failed?.(error));
    });
    if (given.isOther) this.#matcher = new CallMatcher(given.calls);
    for (const call of given.calls) {
      const key = keyOf(call.state, call.iteration);
      const open = this.#open.get(key);
      if (open) open.push(call);
      else this.#open.set(key, [call]);
    }
    const eventOf = ({ answer }: RecordedCall) => answer?.event ?? 0;
    this.#order = given.calls
      .filter(({ answer }) => answer !== undefined)
      .sort((a, b) => eventOf(a) - eventOf(b));
  }

  async perform(): Promise<Performed> {
    const { workflow: name, id, input, redrives } = this.#given;
    const { definition, definitions } = this.#given.machine;
    const engine = await Engine.open({
      ...{ clock: this.#clock, definitions },
      invoke: (task) => Promise.resolve(this.#take(task)),
    });
    this.#engine = engine;
    const broken = new Promise<never>((_, reject) => {
      this.#failed = reject;
    });
    broken.catch(() => undefined);
    try {
      const { stateMachineArn } = await engine.createStateMachine({ name, definition });
      const started = await engine.startExecution({
        ...{ stateMachineArn, name: id, input: JSON.stringify(input) },
      });
      this.#arn = started.executionArn;
      const at = { executionArn: this.#arn };
      let end = await Promise.race([engine.waitForEnd(at.executionArn), broken]);
      for (let i = 0; i < redrives && end.status !== "SUCCEEDED"; i += 1) {
        this.#pending = [];
        await engine.redriveExecution(at);
        end = await Promise.race([engine.waitForEnd(at.executionArn), broken]);
      }
      return {
        status: end.status,
        output: end.output === undefined ? null : (JSON.parse(end.output) as Json),
        error: end.error ?? null,
        events: await historyOf(engine, this.#arn, this.#given.withData ?? false),
        missing: [...this.#open.values()].flat().filter((call) => !this.#matcher?.isMade(call)),
        names: this.#matcher?.names ?? new Map(),
      };
    } finally {
      await engine.close();
    }
  }

  /** Takes a call in; its answer comes later, by its token. */
  #take(task: TaskCall): Json {
    const request = task.arguments as JsonObject;
    const iteration = iterationOf(request);
    const key = keyOf(task.stateName, iteration);
    const number = this.#made.get(key) ?? 0;
    this.#made.set(key, number + 1);
    const now = this.#clock.now();
    const state = task.stateName;
    if (iteration !== "" && this.#matcher) {
      const matched = this.#matcher.match(state, iteration, number, request);
      const named = inIteration(request, matched.iteration);
      this.#pending.push({ ...matched, state, number, request: named, now, task });
      return null;
    }
    const recorded = this.#recordOf(key, request);
    this.#pending.push({ state, iteration, number, request, now, recorded, task });
    return null;
  }

  /** Calls that say no iteration are told apart by what they say, where they can be. */
  #recordOf(key: string, request: JsonObject): RecordedCall | undefined {
    const open = this.#open.get(key) ?? [];
    const text = open.length > 1 && key.endsWith("\n") ? JSON.stringify(request) : undefined;
    const equal =
      text === undefined ? -1 : open.findIndex((call) => JSON.stringify(call.request) === text);
    const [found] = open.splice(Math.max(0, equal), 1);
    if (open.length === 0) this.#open.delete(key);
    return found;
  }

  /** Everything waits: answers the call that was answered next, else lets time pass. */
  async #step(): Promise<void> {
    while (this.#next < this.#order.length) {
      const call = this.#order[this.#next];
      if (call === undefined || !this.#done.has(call)) break;
      this.#next += 1;
    }
    const turn = this.#order[this.#next];
    const waiting = this.#pending.filter(({ task }) =>
      this.#engine?.isWaiting(task.taskToken ?? ""),
    );
    const own = waiting.find(({ recorded }) => recorded === turn && turn !== undefined);
    if (own) return this.#answer(own);
    if (this.#clock.fireNext()) return;
    // Whoever was to be answered first never calls: the graph is another, or the run went another way.
    const later = this.#order.find((call) => waiting.some(({ recorded }) => recorded === call));
    const next =
      waiting.find(({ recorded }) => recorded === later && later !== undefined) ??
      // A sibling's failure may have kept the run from making this call: it comes last.
      waiting.find(({ recorded }) => recorded === undefined);
    if (next) return this.#answer(next);
    await this.#engine?.stopExecution({ executionArn: this.#arn });
  }

  async #answer(call: Pending): Promise<void> {
    this.#isAnswering = true;
    this.#pending = this.#pending.filter((each) => each !== call);
    const { task, recorded } = call;
    if (recorded) this.#done.add(recorded);
    const answer = await this.#given.answer(call);
    if (recorded?.answer) this.#clock.moveTo(recorded.answer.at);
    this.#isAnswering = false;
    await this.#send(task.taskToken ?? "", answer);
  }

  async #send(taskToken: string, answer: Answer | undefined): Promise<void> {
    const engine = this.#engine;
    if (answer === undefined) {
      await engine?.stopExecution({ executionArn: this.#arn });
    } else if ("error" in answer) {
      await engine?.sendTaskFailure({ taskToken, error: answer.error, cause: answer.cause });
    } else {
      const output = JSON.stringify(answer.output);
      const isTooLarge = Buffer.byteLength(output) > LIMIT_BYTES;
      await (isTooLarge
        ? engine?.sendTaskFailure({ taskToken, ...TOO_LARGE })
        : engine?.sendTaskSuccess({ taskToken, output }));
    }
  }
}

function keyOf(state: string, iteration: string): string {
  return `${state}\n${iteration}`;
}

function iterationOf(request: JsonObject): string {
  const payload = request.Payload as { readonly step?: { readonly iteration?: Json } } | undefined;
  const iteration = payload?.step?.iteration;
  return typeof iteration === "string" ? iteration : "";
}

function inIteration(request: JsonObject, iteration: string): JsonObject {
  const payload = request.Payload as JsonObject;
  return { ...request, Payload: { ...payload, step: { ...(payload.step as object), iteration } } };
}

async function historyOf(
  engine: Engine,
  executionArn: string,
  includeExecutionData: boolean,
): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await engine.getExecutionHistory({
      ...{ executionArn, nextToken, includeExecutionData },
    });
    events.push(...page.events);
    nextToken = page.nextToken;
    if (nextToken === undefined) return events;
  }
}
