/** Answers the calls of a replay: runs what can be run again, and takes the rest from the record. */
import type { PlannedFunction } from "../compiler/plan.ts";
import type { Json } from "../runtime/json.ts";
import { comparedAnswer } from "./answer-of.ts";
import { answerCause, requestCause } from "./cause.ts";
import { differencesOf, isSameJson } from "./differences.ts";
import type { Use } from "./guard/protocol.ts";
import { type Baseline, hasMask } from "./masks.ts";
import { NeedsLive } from "./model-answers.ts";
import type { ReplayObserver } from "./observer.ts";
import type { Answer, MadeCall } from "./perform-run.ts";
import { NotRecorded } from "./recorded-agent.ts";
import { APPROVALS, type ReplayMachine } from "./replay-definition.ts";
import type { Cause, ReplayedStep, Verdict } from "./report.ts";
import { comparedRequest, evidenceOf, stepOf, withInput } from "./request-of.ts";
import {
  isOfWorld,
  isRepeatable,
  passAgain,
  type Ran,
  type RunWorld,
  runAgain,
} from "./run-again.ts";

export interface AnswerWorld extends RunWorld {
  readonly machine: ReplayMachine;
  /** Steps before this one are taken from the record; absent: none. */
  readonly from?: string | undefined;
  /** What the step `from` is given in place of its input. */
  readonly input?: Json | undefined;
  /** Whether an agent's function would do as it did. Absent: that of the run itself. */
  readonly isSameAgent?: (name: string) => boolean;
  readonly observer?: ReplayObserver | undefined;
  /** Where masks stand in what is kept of the run: what they do is their doing. */
  readonly masks?: MaskedWorld | undefined;
}

export interface MaskedWorld {
  /** What the run's own bundle makes of the masks, for comparison with another. */
  readonly before?: Baseline | undefined;
  /** Written on the way: what this bundle makes of them. */
  readonly made: Baseline;
}

export class CallAnswers {
  readonly steps: ReplayedStep[] = [];
  readonly #world: AnswerWorld;
  readonly #kinds: ReadonlyMap<string, string>;
  readonly #functions: ReadonlyMap<string, PlannedFunction>;
  #hasBegun: boolean;
  #hasDiffered = false;
  #files: readonly string[] = [];
  #depends: readonly Use[] = [];

  constructor(world: AnswerWorld) {
    const { plan } = world.bundle;
    this.#world = world;
    this.#kinds = new Map(plan.steps.map(({ id, kind }) => [id, kind]));
    this.#functions = new Map(plan.functions.map((each) => [each.name, each]));
    this.#hasBegun = world.from === undefined;
  }

  async answer(made: MadeCall): Promise<Answer | undefined> {
    this.#files = [];
    this.#depends = [];
    const answer = await this.#answer(made);
    this.#observe(made, answer);
    return answer;
  }

  async #answer(made: MadeCall): Promise<Answer | undefined> {
    const { from, input, masks } = this.#world;
    const step = stepOf(made);
    const isRepaired = step === from && input !== undefined;
    const asked = isRepaired ? withInput(made, input) : made;
    if (asked.recorded) masks?.made.requests.set(asked.recorded.id, asked.request);
    const call = masks?.before ? comparedWith(asked, masks.before) : asked;
    this.#hasBegun ||= step === from;
    const compared = this.#compareRequest(call);
    const { FunctionName: name } = call.request;
    const planned = typeof name === "string" ? this.#functions.get(name) : undefined;
    const isRunnable = this.#hasBegun && planned && isRepeatable(planned);
    const wasOfWorld = isOfWorld(call.recorded?.answer) && compared.request === "same";
    if (planned && (!isRunnable || wasOfWorld)) await passAgain(planned, call, this.#world);
    if (!isRunnable || wasOfWorld) return this.#fromRecord(call, compared);
    let ran: Ran | undefined;
    try {
      ran = await runAgain(planned, call, this.#world);
    } catch (error) {
      if (error instanceof NeedsLive) return this.#fromRecord(call, compared, "needs live", error);
      if (!(error instanceof NotRecorded)) throw error;
      return this.#fromRecord(call, compared, "not recorded", error);
    }
    if (!ran) return this.#fromRecord(call, compared);
    this.#files = ran.files;
    this.#depends = ran.depends;
    return this.#afterRun(call, compared, ran);
  }

  #observe({ request, recorded }: MadeCall, answer: Answer | undefined): void {
    const step = this.steps.at(-1);
    if (!step || !this.#world.observer) return;
    const took = recorded?.answer && recorded.answer.at - recorded.askedAt;
    this.#world.observer.called({
      ...{ step, request, recorded: recorded?.request ?? null, files: this.#files },
      depends: this.#depends,
      durationMs: took ?? null,
      answer: answer && "output" in answer ? { output: comparedAnswer(answer) } : (answer ?? null),
    });
  }

  #compareRequest(call: MadeCall): Pick<ReplayedStep, "request" | "differences"> {
    if (!call.recorded) return { request: "new", differences: [] };
    const { against } = this.#world;
    const before = comparedRequest(call.recorded.request, against);
    const now = comparedRequest(call.request, against);
    if (isSameJson(before, now)) return { request: "same", differences: [] };
    return { request: "differs", differences: differencesOf(before, now, "request") };
  }

  /** What was recorded stands, whatever the request says: nothing reaches the world. */
  #fromRecord(
    call: MadeCall,
    compared: Pick<ReplayedStep, "request" | "differences">,
    because?: Verdict,
    error?: Error,
  ): Answer | undefined {
    const recorded = call.recorded?.answer;
    const verdict = because ?? this.#verdictOfRecord(call, compared.request);
    const asked: Cause | null = error ? { source: "request", what: error.message, at: null } : null;
    const cause = compared.request === "differs" ? this.#requestCause(call) : asked;
    const missing =
      call.request.FunctionName === APPROVALS ? "needs a new decision" : "not recorded";
    this.#tell(call, {
      ...compared,
      ...{ how: recorded ? "record" : "none", cause },
      verdict: recorded || because ? verdict : missing,
    });
    if (!recorded) return undefined;
    return "error" in recorded ? recorded : { output: recorded.output };
  }

  #verdictOfRecord(call: MadeCall, request: ReplayedStep["request"]): Verdict {
    const { against, isSameAgent } = this.#world;
    const { FunctionName: name } = call.request;
    if (against && name === APPROVALS && call.recorded) {
      const isSame = isSameJson(evidenceOf(call.recorded.request), evidenceOf(call.request));
      return isSame ? "same" : "needs a new decision";
    }
    const planned = typeof name === "string" ? this.#functions.get(name) : undefined;
    if (against && planned?.kind === "agent") {
      const isSame = request === "same" && isSameAgent?.(planned.name) !== false;
      return isSame ? "same" : "needs live";
    }
    return request === "same" ? "same" : "differs";
  }

  #afterRun(
    call: MadeCall,
    { request, differences }: Pick<ReplayedStep, "request" | "differences">,
    { answer, uses, depends, how }: Ran,
  ): Answer {
    const { recorded: repeated } = call;
    const recorded = repeated?.answer;
    const { masks } = this.#world;
    const now = comparedAnswer(answer);
    const kept = recorded && comparedAnswer(recorded);
    const before = repeated ? (masks?.before?.answers.get(repeated.id) ?? kept) : kept;
    if (repeated) masks?.made.answers.set(repeated.id, now);
    const found = before === undefined ? [] : differencesOf(before, now, "answer");
    const isSame = before !== undefined && isSameJson(before, now);
    const verdict: Verdict = !call.recorded
      ? "new"
      : !isSame || request === "differs"
        ? "differs"
        : depends.length > 0
          ? "unsteady"
          : "same";
    const cause =
      verdict === "same" || verdict === "new"
        ? null
        : depends.length === 0 && request === "differs"
          ? this.#requestCause(call)
          : answerCause(before ?? null, now, { uses, depends }, this.#world.against);
    this.#tell(call, { request, differences: [...differences, ...found], verdict, how, cause });
    // In the recorded world, what comes after is judged on its own.
    if (recorded && (isSame || !this.#world.against) && this.#world.input === undefined) {
      return "error" in recorded ? recorded : { output: recorded.output };
    }
    if ("error" in answer) {
      const { error, message } = answer;
      return {
        error,
        cause: JSON.stringify({ errorType: error, errorMessage: message, trace: [] }),
      };
    }
    return { output: { ExecutedVersion: "$LATEST", Payload: answer.output, StatusCode: 200 } };
  }

  #requestCause(call: MadeCall) {
    return requestCause(this.#world.machine.texts.get(call.state), !this.#hasDiffered);
  }

  #tell(
    call: MadeCall,
    told: Pick<ReplayedStep, "request" | "differences" | "how" | "verdict" | "cause">,
  ): void {
    const { state, iteration, number } = call;
    const step = stepOf(call);
    const kind = this.#kinds.get(step) ?? "task";
    const masked = this.#isMasksDoing(call, told) ? MASKED : {};
    const replayed = { step, state, iteration, call: number, kind, ...told, ...masked };
    this.steps.push(replayed);
    this.#hasDiffered ||= replayed.verdict !== "same" && replayed.verdict !== "masked";
  }

  /**
   * Expressions are pure: while nothing else has differed, a request that is another was made of masks. Of
   * code and models only that can be said which was given a mask, or has answered with one.
   */
  #isMasksDoing(
    { request, recorded }: MadeCall,
    { verdict, request: compared, cause }: Pick<ReplayedStep, "request" | "verdict" | "cause">,
  ): boolean {
    const { masks, against } = this.#world;
    if (!masks || masks.before || this.#depends.length > 0) return false;
    if (verdict === "same" || verdict === "unsteady") return false;
    const { answer } = recorded ?? {};
    const answered = answer && "output" in answer ? answer.output : answer?.cause;
    if (compared === "same" || against) return hasMask(request) || hasMask(answered);
    return !this.#hasDiffered && (cause === null || cause.source === "request");
  }
}

const MASKED = {
  verdict: "masked",
  cause: {
    source: "masked",
    what: "a mask stands where a value was, and code, a contract or an expression looks into it",
    at: null,
  },
} as const;

/** Its request is held against what the run's own bundle asks, with the same masks in it. */
function comparedWith(call: MadeCall, { requests }: Baseline): MadeCall {
  const { recorded } = call;
  const request = recorded && requests.get(recorded.id);
  return request ? { ...call, recorded: { ...recorded, request } } : call;
}
