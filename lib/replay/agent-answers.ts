/** Agents of a run, run again: their loop is the real one, their models and tools are the recorded ones. */
import type { AgentCall } from "../runtime/agent/agent-call.ts";
import type { AgentDocument } from "../runtime/agent/agent-document.ts";
import { openJournal } from "../runtime/agent/journal.ts";
import { runAgent } from "../runtime/agent/run-agent.ts";
import { idempotencyKeyOf } from "../runtime/idempotency-key.ts";
import type { Json } from "../runtime/json.ts";
import type { ModelReply } from "../runtime/model/model.ts";
import type { RecordItem, Records } from "../runtime/ports.ts";
import type { RunJournals } from "../runtime/trace/run-journals.ts";
import {
  askLive,
  type ModelReplay,
  modelIdOf,
  NeedsLive,
  placeOf,
  SILENT,
} from "./model-answers.ts";
import type { ObservedReply } from "./observer.ts";
import { type AgentReplay, NotRecorded, RecordedAgent } from "./recorded-agent.ts";

interface Agent {
  readonly recorded: RecordedAgent;
  readonly records: Records;
  /** From there on nothing is known of it: every later call of its function says so too. */
  stopped?: NeedsLive | NotRecorded;
}

export class AgentReplays {
  readonly #agents = new Map<string, Agent>();

  constructor({ steps }: RunJournals, replays: AgentReplay) {
    for (const journal of steps) {
      if (journal.kind !== "agent" || journal.entries.length === 0) continue;
      const recorded = new RecordedAgent(journal.entries, replays);
      this.#agents.set(placeOf(journal), { recorded, records: inMemory() });
    }
  }

  /** Whether anything is known of what the agent did. */
  has({ step }: Pick<AgentCall, "step">): boolean {
    return this.#agents.has(placeOfCall({ step }));
  }

  /**
   * A call of the agent's function. Throws what the function throws; `NeedsLive` where its model is asked
   * something else, `NotRecorded` where a tool is.
   */
  async run(
    document: AgentDocument,
    call: AgentCall,
    now: number,
    models: ModelReplay,
  ): Promise<{ readonly output: Json; readonly isLive: boolean }> {
    const agent = this.#agents.get(placeOfCall(call));
    if (!agent) throw new NotRecorded("nothing is kept of what the agent did");
    if (agent.stopped) throw agent.stopped;
    const { recorded, records } = agent;
    const { id: step, iteration } = call.step;
    const { live } = models;
    const adapter = recorded.adapter ?? "stand-in";
    const stop = <T extends NeedsLive | NotRecorded>(error: T): T => {
      agent.stopped = error;
      return error;
    };
    let isLive = false;
    let turn = 0;
    const replies: ObservedReply[] = [];
    const told = (reply: ModelReply, isLive: boolean) => {
      replies.push({ step, iteration, model: document.model, reply, isLive });
    };
    const clock = { now: () => new Date(recorded.now(now)) };
    try {
      const outcome = await runAgent(document, call, {
        modelId: modelIdOf(document.model, adapter),
        model: {
          async converse(request, options) {
            if (!live) throw stop(new NeedsLive(`turn ${turn}: its model is asked something else`));
            isLive = true;
            const reply = await askLive(document.model, request, options, { ...models, live });
            told(reply, true);
            return reply;
          },
        },
        recorded: {
          reply(request, number) {
            turn = number;
            const entry = recorded.reply(request, number);
            if (entry?.answeredBy) told({ ...entry, answeredBy: entry.answeredBy }, false);
            return entry;
          },
          outcome(planned) {
            try {
              return recorded.outcome(planned);
            } catch (error) {
              if (!(error instanceof NotRecorded)) throw error;
              throw stop(new NotRecorded(`turn ${turn}: ${error.message}`));
            }
          },
        },
        tools: { call: () => Promise.reject(new NotRecorded("a replay calls no tool")) },
        ports: { artifacts: models.artifacts, records, clock },
        budget: { reserve: async () => undefined, settle: async () => undefined },
        disabled: async ({ name }) => recorded.disabled(name),
        // How long its function had is in the record: where it stopped for want of time, it stops again.
        deadline: new Date(LAST_DATE),
        signal: new AbortController().signal,
        ...{ logger: SILENT, holder: "replay" },
      });
      return { output: outcome as unknown as Json, isLive };
    } catch (error) {
      throw agent.stopped ?? error;
    } finally {
      recorded.visit += 1;
      // Where the record stands in for it, it is the record that tells.
      if (!agent.stopped) for (const reply of replies) models.observer?.replied(reply);
    }
  }

  /** A call that is answered from the record: what the agent did meanwhile counts for later ones. */
  async pass(call: AgentCall, artifacts: ModelReplay["artifacts"]): Promise<void> {
    const agent = this.#agents.get(placeOfCall(call));
    if (!agent || agent.stopped) return;
    const { recorded, records } = agent;
    const entries = recorded.visits[recorded.visit] ?? [];
    recorded.visit += 1;
    const ports = { records, artifacts, clock: { now: () => new Date(0) } };
    const journal = await openJournal(idempotencyKeyOf(call), ports, "replay");
    for (const entry of entries) await journal.append(entry);
  }
}

function placeOfCall({ step: { id, iteration } }: Pick<AgentCall, "step">): string {
  return placeOf({ step: id, iteration });
}

/** The last one there is. */
const LAST_DATE = 8.64e15;

/** What an agent's journal needs of `Records`; it is the only one that writes there. */
function inMemory(): Records {
  const items: RecordItem[] = [];
  return {
    get: async () => undefined,
    async put(item) {
      const written = { ...item, version: 1 };
      items.push(written);
      return written;
    },
    delete: async () => undefined,
    deleteAll: async () => undefined,
    query: async () => ({ items: [...items] }),
  };
}
