/** What masks in a kept run do to its replay: a token stands where a value was. */
import type { Json, JsonObject } from "../runtime/json.ts";
import type { RunJournals, StepJournal } from "../runtime/trace/run-journals.ts";
import type { RecordedRun } from "./recorded-run.ts";

/** Code may have changed its case. */
const TOKEN = /\[masked:[^\]]*\]/i;

export function hasMask(value: Json | undefined): boolean {
  if (typeof value === "string") return TOKEN.test(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasMask);
  return Object.entries(value).some(([name, member]) => TOKEN.test(name) || hasMask(member));
}

/** Whether anything that a contract classes was found in the run when it was kept. */
export function isMaskedRun({ events, journals }: RecordedRun): boolean {
  return (
    events.some(isTokenIn) || journals.steps.some((journal) => hasMask(journal as unknown as Json))
  );
}

/** As it was written: an event's values are texts, and objects of texts. */
function isTokenIn(value: unknown): boolean {
  if (typeof value === "string") return value.includes("[masked:");
  if (typeof value !== "object" || value === null) return false;
  for (const name in value) {
    if (isTokenIn((value as { readonly [name: string]: unknown })[name])) return true;
  }
  return false;
}

/**
 * The run's own bundle on what is kept of the run. What it makes of the masks is what another bundle is
 * held against: whatever is another between these two, no mask has done.
 */
export class Baseline {
  /** By the id of the recorded call: what it was asked now. */
  readonly requests = new Map<number, JsonObject>();
  /** What it gave. */
  readonly answers = new Map<number, Json>();
  /** Of answers of models: the digest of the request as it is now. */
  readonly digests = new Map<unknown, string>();

  /** The same answers, to requests with masks in them. */
  journals({ format, steps }: RunJournals): RunJournals {
    const asked = <T extends { readonly request: string }>(answer: T): T => ({
      ...answer,
      request: this.digests.get(answer) ?? answer.request,
    });
    const rewritten = steps.map(
      (journal): StepJournal =>
        journal.kind === "model"
          ? { ...journal, answers: journal.answers.map(asked) }
          : {
              ...journal,
              entries: journal.entries.map((entry) =>
                entry.kind === "model" ? asked(entry) : entry,
              ),
            },
    );
    return { format, steps: rewritten };
  }
}
