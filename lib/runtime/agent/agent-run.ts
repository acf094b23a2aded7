/** One call of an agent's function at work: its journal, and the time that it has. */
import { idempotencyKeyOf } from "../idempotency-key.ts";
import { type RequestTexts, requestTexts } from "../model/request-text.ts";
import type { AgentCall } from "./agent-call.ts";
import type { AgentDocument } from "./agent-document.ts";
import { AgentFailure } from "./agent-failure.ts";
import { type AgentState, emptyState, record } from "./agent-state.ts";
import type { AgentWorld } from "./agent-world.ts";
import { timeCap } from "./caps.ts";
import { contextOf } from "./context.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { type OfferedTools, offeredTools } from "./offered-tools.ts";
import { type ReadTurn, turnReader } from "./read-turn.ts";
import { type DraftRequest, requestDrafter } from "./request.ts";

export interface AgentRun {
  readonly document: AgentDocument;
  readonly call: AgentCall;
  readonly world: AgentWorld;
  /** Of this agent in this run: journal, budget and effects go by it. */
  readonly key: string;
  readonly state: AgentState;
  readonly offered: OfferedTools;
  readonly readTurn: ReadTurn;
  readonly texts: RequestTexts;
  readonly draft: DraftRequest;
  /** Aborts when the function has to stop, or when the agent's time is up. */
  readonly signal: AbortSignal;
  now(): string;
  /** Writes the entry, then takes it in. */
  append(entry: JournalEntry): Promise<void>;
  /**
   * Throws `Pause` if the function's time is too short for something that may take so many seconds,
   * and this call of it has got anywhere at all: the next one has more.
   */
  needTime(seconds: number): Promise<void>;
  /** Whether this call of the function has got anywhere. */
  hasProgress(): boolean;
  /** Milliseconds that the agent was at work, up to now. */
  activeMs(): number;
  close(): void;
}

/** The function returns `continue`. */
export class Pause extends Error {
  override readonly name = "Pause";
}

/** What a call needs besides: a request's way there and back, and the entries in the journal. */
const MARGIN_MS = 2000;
/** setTimeout takes 31 bits of milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

export async function openAgentRun(
  document: AgentDocument,
  call: AgentCall,
  world: AgentWorld,
): Promise<AgentRun> {
  const key = idempotencyKeyOf(call);
  const { clock } = world.ports;
  const journal: Journal = await openJournal(key, world.ports, world.holder);
  const state = emptyState();
  for (const entry of journal.entries) record(state, entry);
  const readTurn = turnReader(document);
  const offered = offeredTools(document);
  const texts = requestTexts();
  const context = contextOf(document, readTurn, texts);
  let progress = 0;
  const timeIsUp = new AbortController();
  const activeMs = () => {
    const since = state.lastAt ?? clock.now().getTime();
    return state.activeMs + Math.max(0, clock.now().getTime() - since);
  };
  let timer: NodeJS.Timeout | undefined;
  const setTimer = () => {
    clearTimeout(timer);
    const left = document.limits.time * 1000 - activeMs();
    timer = setTimeout(
      () => {
        const cap = timeCap(Number.POSITIVE_INFINITY, document);
        timeIsUp.abort(new AgentFailure("Agent.TimeLimit", cap?.message ?? "", true));
      },
      Math.min(LONGEST_TIMER, Math.max(0, left)),
    );
    timer.unref();
  };
  return {
    document,
    call,
    world,
    key,
    state,
    offered,
    readTurn,
    texts,
    draft: requestDrafter(document, world.modelId, offered, context),
    signal: AbortSignal.any([world.signal, timeIsUp.signal]),
    now: () => clock.now().toISOString(),
    activeMs,
    async append(entry) {
      await journal.append(entry);
      record(state, entry);
      if (entry.kind === "entered" || entry.kind === "started") setTimer();
      else progress += 1;
    },
    async needTime(seconds) {
      const left = world.deadline.getTime() - clock.now().getTime();
      if (progress > 0 && left < seconds * 1000 + MARGIN_MS) throw new Pause("Too little time.");
    },
    hasProgress: () => progress > 0,
    close: () => clearTimeout(timer),
  };
}
