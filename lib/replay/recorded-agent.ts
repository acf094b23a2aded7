/** What one agent of a run was answered: its model by the exact request, its tools by their exact calls. */

import { AgentFailure } from "../runtime/agent/agent-failure.ts";
import { Pause } from "../runtime/agent/agent-run.ts";
import { type Call, emptyState, record } from "../runtime/agent/agent-state.ts";
import type { RecordedWorld } from "../runtime/agent/agent-world.ts";
import type { JournalEntry, ModelEntry, ToolOutcome } from "../runtime/agent/journal-entry.ts";
import type { PlannedCall } from "../runtime/agent/perform-call.ts";
import type { OpenedModel } from "../runtime/model/opened-model.ts";
import { isSameJson } from "./differences.ts";
import type { Baseline } from "./masks.ts";

/** Only the world can answer, and it was never asked this. */
export class NotRecorded extends Error {
  override readonly name = "NotRecorded";
}

/** What the record is held against. */
export interface AgentReplay {
  /** The run's own bundle: what was answered by nobody, is answered by nobody again. */
  readonly isOwn: boolean;
  /** Requests are masked, so that replies are taken in their order; it is told which took which. */
  readonly inOrder?: Baseline | undefined;
}

interface Answered<T> {
  /** Which call of the agent's function it was, from 0. */
  readonly visit: number;
  readonly entry: T;
}

export class RecordedAgent implements RecordedWorld {
  /** Entries of each call of the agent's function. */
  readonly visits: readonly (readonly JournalEntry[])[];
  /** Which call of the function is replayed now. */
  visit = 0;
  readonly #replies: readonly Answered<ModelEntry>[];
  readonly #calls: readonly (Call & { readonly visit: number })[];
  readonly #taken = new Set<unknown>();
  readonly #replays: AgentReplay;
  /** Unix milliseconds of what was taken last. */
  #at = 0;

  constructor(entries: readonly JournalEntry[], replays: AgentReplay) {
    const visits: JournalEntry[][] = [];
    const state = emptyState();
    const outcomes = new Map<string, number>();
    for (const entry of entries) {
      if (entry.kind === "started" || entry.kind === "entered" || visits.length === 0) {
        visits.push([]);
      }
      visits.at(-1)?.push(entry);
      record(state, entry);
      if (entry.kind === "tool") outcomes.set(entry.call, visits.length - 1);
    }
    this.visits = visits;
    this.#replays = replays;
    this.#replies = visits.flatMap((visit, index) =>
      visit.flatMap((entry) => (entry.kind === "model" ? [{ visit: index, entry }] : [])),
    );
    this.#calls = [...state.calls.values()].flatMap((call) => {
      const visit = outcomes.get(call.id);
      return visit === undefined ? [] : [{ ...call, visit }];
    });
  }

  /** Unix milliseconds: time passes for the agent as it did. */
  now(from: number): number {
    return Math.max(from, this.#at);
  }

  /** Who is to be asked so that requests are the same as they were. */
  get adapter(): OpenedModel["adapter"] | undefined {
    const found = this.#replies.find(({ entry }) => entry.answeredBy)?.entry.answeredBy?.adapter;
    return found === "cache" ? undefined : found;
  }

  reply(request: string, turn: number): ModelEntry | undefined {
    const equal = this.#replays.inOrder
      ? this.#replies.filter(({ entry }) => entry.turn === turn)
      : this.#replies.filter(({ entry }) => entry.request === request);
    const own = equal.filter(({ entry }) => entry.turn === turn);
    const found = (own.length > 0 ? own : equal).find((each) => !this.#taken.has(each));
    if (!found) {
      if (this.#replays.isOwn) this.#endVisit();
      return undefined;
    }
    this.#reach(found.visit, found.entry.at);
    this.#taken.add(found);
    this.#replays.inOrder?.digests.set(found.entry, request);
    return found.entry;
  }

  outcome({ id, tool, input }: PlannedCall): ToolOutcome {
    const isEqual = (call: Call) =>
      call.name === tool.name && isSameJson(call.decision?.override ?? call.input, input);
    const found =
      this.#calls.find((call) => call.id === id && isEqual(call)) ??
      // Turns have shifted; what a tool gave to the same arguments, it gives again.
      this.#calls.find((call) => isEqual(call) && !this.#taken.has(call)) ??
      this.#calls.find(isEqual);
    if (!found?.outcome) {
      if (this.#replays.isOwn) this.#endVisit();
      throw new NotRecorded(`"${tool.name}" was never called with these arguments (${id})`);
    }
    this.#reach(found.visit);
    this.#taken.add(found);
    return found.outcome;
  }

  /** Why a tool was switched off when it was called; undefined if it was not. */
  disabled(tool: string): string | undefined {
    const found = this.#calls.find(
      ({ name, outcome, ...call }) =>
        name === tool &&
        outcome?.status === "error" &&
        outcome.error === "Tools.Disabled" &&
        !this.#taken.has(call),
    );
    return found?.outcome?.status === "error" ? found.outcome.message : undefined;
  }

  #reach(visit: number, at?: string): void {
    if (visit > this.visit) {
      this.#endVisit();
      // Its function was ended hard: as far as this, it never came.
      throw new Pause("Too little time.");
    }
    if (at !== undefined) this.#at = Math.max(this.#at, Date.parse(at));
  }

  /** What came only in a later call of the function, or never, did not come in this one: as it ended, it ends again. */
  #endVisit(): void {
    const end = this.visits[this.visit]?.at(-1);
    if (end?.kind === "failed") throw new AgentFailure(end.error, end.message, true);
    if (end?.kind !== "stopped") return;
    if (end.reason === "continue") throw new Pause(end.message);
    throw new AgentFailure(end.reason, end.message, false);
  }
}
