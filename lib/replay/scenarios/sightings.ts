/** What is seen of a scenario's run while it happens, and what that comes to. */
import type { Plan } from "../../compiler/plan.ts";
import type { HistoryEvent } from "../../engine/index.ts";
import type { Json } from "../../runtime/json.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import type { ObservedCall, ObservedReply, ReplayObserver } from "../observer.ts";
import type { Answer, MadeCall, Performed } from "../perform-run.ts";
import { APPROVALS } from "../replay-definition.ts";
import { isObject } from "../request-of.ts";
import type { Usage } from "../three-way/three-way.ts";
import { addUsage, journalAt, pricesOf, repliedUsage, repricedUsage } from "../three-way/usage.ts";
import type { Played } from "./played.ts";

export class Sightings implements ReplayObserver {
  readonly #plan: Plan;
  readonly #journals: RunJournals;
  readonly #steps = new Map<string, Json[]>();
  readonly #asked = new Map<string, Json[]>();
  readonly #called = new Set<string>();
  readonly #usage = new Map<string, Usage>();
  readonly #replies = new Map<string, ObservedReply[]>();
  readonly #unsteady = new Set<string>();
  readonly #unproven = new Set<string>();
  readonly #unanswered = new Set<string>();
  readonly #notes = new Set<string>();

  constructor(plan: Plan, journals: RunJournals) {
    this.#plan = plan;
    this.#journals = journals;
  }

  /** The scenario itself has answered. */
  given(call: MadeCall, answer: Answer): void {
    const { Payload: payload } = call.request;
    const step = isObject(payload) && isObject(payload.step) ? String(payload.step.id) : call.state;
    if (isObject(payload) && payload.operation === "schedule") return;
    const output = "output" in answer ? answer.output : null;
    const value = isObject(output) && "Payload" in output ? (output.Payload ?? null) : output;
    this.#see(step, call.request, value);
  }

  called({ step: told, request, answer, depends }: ObservedCall): void {
    const { step, state, iteration, kind, verdict, how } = told;
    if (request.FunctionName === APPROVALS && state.endsWith(".schedule")) return;
    this.#see(step, request, answer && "output" in answer ? answer.output : null);
    const place = iteration === "" ? step : `${step}[${iteration}]`;
    for (const { source, what, at } of depends) {
      this.#unsteady.add(`${place} depends on the ${source}: ${what}${at ? ` at ${at}` : ""}`);
    }
    if (verdict === "needs live") this.#unproven.add(`${place}: a model was asked something else`);
    if (how === "none") this.#unanswered.add(`${place} (${kind}) asks, and nothing answers it`);
    if (verdict === "needs a new decision" && how === "record") {
      this.#notes.add(`${place}: the decision was made on other evidence`);
    }
    if (how === "record" && kind === "agent" && answer) this.#seeAgent(step, iteration);
  }

  replied(reply: ObservedReply): void {
    const { step } = reply;
    for (const block of reply.reply.content) {
      if ("toolUse" in block) this.#called.add(`tool/${block.toolUse.name}`);
    }
    for (const block of reply.reply.content) {
      if ("toolUse" in block) this.#called.add(`tool/${block.toolUse.name}`);
    }
    this.#replies.set(step, [...(this.#replies.get(step) ?? []), reply]);
  }

  ended(): void {}

  played(input: Json, { status, output, error, events }: Performed): Played {
    for (const [step, replies] of this.#replies) this.#use(step, repliedUsage(replies));
    for (const event of events) this.#seeEvent(event);
    const last = events.at(-1);
    return {
      end: { status, error },
      cause: detailsOf(last).executionFailedEventDetails?.cause ?? null,
      ...{ input, output },
      steps: this.#values(this.#steps),
      asked: this.#values(this.#asked),
      entered: [...this.#entered(events)],
      called: [...this.#called],
      usage: Object.fromEntries(this.#usage),
      unsteady: [...this.#unsteady],
      unproven: [...this.#unproven],
      unanswered: [...this.#unanswered],
      notes: [...this.#notes],
    };
  }

  #see(step: string, request: ObservedCall["request"], output: Json): void {
    this.#called.add(step);
    const { Payload: payload, Entries, Input } = request;
    const asked = isObject(payload)
      ? (payload.input ?? payload.evidence ?? null)
      : (Entries ?? Input ?? null);
    push(this.#asked, step, asked);
    push(this.#steps, step, output);
  }

  /** What its journal tells of it: an agent that is answered from the record did the same again. */
  #seeAgent(step: string, iteration: string): void {
    const journal = journalAt(this.#journals, { step, iteration });
    if (journal?.kind !== "agent") return;
    for (const entry of journal.entries) {
      if (entry.kind === "tool") this.#called.add(`tool/${entry.tool}`);
    }
    this.#use(step, repricedUsage(journal, pricesOf(this.#plan, step)));
  }

  #use(step: string, usage: Usage): void {
    const before = this.#usage.get(step);
    this.#usage.set(step, before ? addUsage(before, usage) : usage);
  }

  /** Values that ride on states, as `set` and structures yield them: what they are in the end. */
  #seeEvent(event: HistoryEvent): void {
    const assigned = detailsOf(event).stateExitedEventDetails?.assignedVariables ?? {};
    for (const [name, text] of Object.entries(assigned)) {
      const step = this.#plan.steps.find(({ id }) => id === name);
      if (!step || this.#called.has(name)) continue;
      push(this.#steps, name, JSON.parse(text) as Json);
    }
  }

  #entered(events: readonly HistoryEvent[]): ReadonlySet<string> {
    const states = new Set(
      events.flatMap((event) => detailsOf(event).stateEnteredEventDetails?.name ?? []),
    );
    const steps = this.#plan.steps.filter(({ state }) => state !== null && states.has(state));
    return new Set([...steps.map(({ id }) => id), ...states]);
  }

  #values(seen: ReadonlyMap<string, readonly Json[]>): { readonly [id: string]: Json } {
    const several = this.#severalTimes();
    return Object.fromEntries(
      [...seen].map(([id, values]) => [
        id,
        several.has(id) ? [...values] : (values.at(-1) ?? null),
      ]),
    );
  }

  /** Steps inside of maps and repeats. */
  #severalTimes(): ReadonlySet<string> {
    const all = new Map(this.#plan.steps.map((step) => [step.id, step]));
    const isInside = (id: string | null): boolean => {
      const step = id === null ? undefined : all.get(id);
      if (!step) return false;
      return step.kind === "map" || step.kind === "repeat" || isInside(step.parent);
    };
    return new Set([...all.values()].filter(({ parent }) => isInside(parent)).map(({ id }) => id));
  }
}

/** Of the events that are looked at. */
interface Details {
  readonly stateEnteredEventDetails?: { readonly name: string };
  readonly stateExitedEventDetails?: {
    readonly assignedVariables?: Readonly<Record<string, string>>;
  };
  readonly executionFailedEventDetails?: { readonly cause?: string };
}

function detailsOf(event: HistoryEvent | undefined): Details {
  return (event ?? {}) as Details;
}

function push(map: Map<string, Json[]>, key: string, value: Json): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
