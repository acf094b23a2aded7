/**
 * What a run did as one tree of spans, by OpenTelemetry's conventions for generative AI: the run, its
 * steps, calls of models and tools, questions to people. Pure: the same records give the same trace.
 * https://github.com/open-telemetry/semantic-conventions/tree/main/docs/gen-ai
 *
 * Without `content`, never content: no prompts, answers, arguments, results, evidence, reasons or messages
 * of errors. What stood there is told by digests. With it, what models wrote, and what tools were given
 * and gave. In neither, names of people.
 */
import type { Approval } from "../approval/approval.ts";
import type { RunEvent, RunRecord } from "../control.ts";
import { type TimelineRow, type TimelineStep, timeline } from "../timeline.ts";
import { agentSpans, modelSpans } from "./journal-spans.ts";
import type { RunJournals, StepJournal } from "./run-journals.ts";
import { type AttributeValue, type Span, spanIdOf, type Trace, traceIdOf } from "./span.ts";
import { usageOfRun, usageOfStep } from "./usage.ts";
import { usageAttributes } from "./usage-attributes.ts";

export interface TracedRun {
  readonly run: RunRecord;
  readonly events: Iterable<RunEvent>;
  /** Of the plan that it runs. */
  readonly steps: readonly TimelineStep[];
  readonly journals: RunJournals;
  readonly approvals: readonly Approval[];
  /** Where spans end that have not ended yet. */
  readonly now: Date;
  /** Whether the journals are shown: only those that are masked may be. Default false. */
  readonly content?: boolean | undefined;
}

export function traceOf(traced: TracedRun): Trace {
  const { run, events, steps, journals, approvals, now, content = false } = traced;
  const id = traceIdOf(run);
  const root = rootSpan(id, run, journals, now);
  const spans: Span[] = [root];
  const ids = new Map<string, string>();
  const seen = new Map<string, number>();
  const journalOf = new Map(journals.steps.map((each) => [placeOf(each), each]));
  for (const row of timeline(events, steps)) {
    const place = placeOf(row);
    const kindPlace = `${row.kind}:${place}`;
    const number = (seen.get(kindPlace) ?? 0) + 1;
    seen.set(kindPlace, number);
    const journal = row.kind === "agent" || row.kind === "model" ? journalOf.get(place) : undefined;
    const path = number === 1 ? kindPlace : `${kindPlace}#${number}`;
    const asked = row.kind === "approval" ? approvalAt(approvals, row, number) : undefined;
    const span: Span = {
      id: spanIdOf(id, path),
      parent: (row.parent === null ? undefined : ids.get(row.parent)) ?? root.id,
      name: nameOf(row, journal),
      kind: "internal",
      start: Date.parse(row.startedAt),
      end: row.endedAt === null ? now.getTime() : Date.parse(row.endedAt),
      hasEnded: row.endedAt !== null,
      attributes: {
        ...rowAttributes(row),
        ...journalAttributes(journal),
        ...approvalAttributes(asked),
      },
      error:
        row.outcome === "failed" || row.outcome === "caught" ? (row.error?.name ?? "error") : null,
      events: failedAttempts(row),
    };
    ids.set(row.key, span.id);
    spans.push(span);
    // A row that a later one of the same step goes on from tells the journal once, the first time.
    if (journal && number === 1) {
      const within = { trace: id, path, parent: span, content };
      spans.push(
        ...(journal.kind === "agent" ? agentSpans(journal, within) : modelSpans(journal, within)),
      );
    }
  }
  return { id, run, spans: inTreeOrder(spans) };
}

function rootSpan(id: string, run: RunRecord, journals: RunJournals, now: Date): Span {
  return {
    id: spanIdOf(id, "run"),
    parent: null,
    name: `invoke_workflow ${run.workflow}`,
    kind: "internal",
    start: Date.parse(run.startedAt),
    end: run.endedAt === null ? now.getTime() : Date.parse(run.endedAt),
    hasEnded: run.endedAt !== null,
    attributes: {
      "gen_ai.operation.name": "invoke_workflow",
      "gen_ai.workflow.name": run.workflow,
      "espalier.run.id": run.id,
      "espalier.run.status": run.status,
      "espalier.bundle.digest": run.digest,
      ...usageAttributes(usageOfRun(journals)),
      ...(run.error && { "error.type": run.error.name }),
    },
    error: run.error?.name ?? null,
    events: [],
  };
}

function nameOf(row: TimelineRow, journal: StepJournal | undefined): string {
  if (row.kind === "agent") return `invoke_agent ${agentName(journal) ?? row.step}`;
  return `${row.kind} ${row.step}`;
}

function agentName(journal: StepJournal | undefined): string | undefined {
  if (journal?.kind !== "agent") return undefined;
  return journal.entries.find((entry) => entry.kind === "started")?.agent;
}

type Attributes = { readonly [name: string]: AttributeValue };

function rowAttributes(row: TimelineRow): Attributes {
  return {
    "espalier.step.id": row.step,
    "espalier.step.kind": row.kind,
    ...(row.iteration !== "" && { "espalier.step.iteration": row.iteration }),
    "espalier.step.outcome": row.outcome,
    ...(row.attempts.length > 0 && { "espalier.step.attempts": row.attempts.length }),
    ...(row.error && { "error.type": row.error.name }),
  };
}

function journalAttributes(journal: StepJournal | undefined): Attributes {
  if (!journal) return {};
  const usage = usageOfStep(journal);
  const name = agentName(journal);
  return {
    ...(name !== undefined && {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": name,
      "espalier.agent.turns": usage.calls,
      "espalier.agent.questions": usage.questions,
      "espalier.agent.reentries": usage.reentries,
    }),
    ...usageAttributes(usage),
    ...(usage.stopReason !== null && { "gen_ai.response.finish_reasons": [usage.stopReason] }),
  };
}

function approvalAttributes(approval: Approval | undefined): Attributes {
  if (!approval) return {};
  const { decision } = approval;
  return {
    "espalier.approval.id": approval.id,
    "espalier.approval.status": approval.status,
    // Not by whom: that stands in the approval.
    ...(decision && { "espalier.approval.by_rule": decision.by === "rule" }),
  };
}

/** The nth question of a step (and iteration) is its nth approval. */
function approvalAt(
  approvals: readonly Approval[],
  { step, iteration }: TimelineRow,
  number: number,
): Approval | undefined {
  const own = approvals.filter((each) => each.step === step && each.iteration === iteration);
  own.sort((a, b) => (a.requestedAt < b.requestedAt ? -1 : 1));
  return own[number - 1];
}

function failedAttempts({ attempts }: TimelineRow): Span["events"] {
  return attempts.flatMap(({ endedAt, error }) =>
    endedAt !== null && error !== null ? [{ at: Date.parse(endedAt), error: error.name }] : [],
  );
}

function placeOf({
  step,
  iteration,
}: {
  readonly step: string;
  readonly iteration: string;
}): string {
  return `${step}[${iteration}]`;
}

/** Parents before their children, siblings by their start. */
function inTreeOrder(spans: readonly Span[]): Span[] {
  const children = new Map<string | null, Span[]>();
  for (const span of spans) {
    const siblings = children.get(span.parent);
    if (siblings) siblings.push(span);
    else children.set(span.parent, [span]);
  }
  const below = (parent: string | null): Span[] =>
    (children.get(parent) ?? [])
      .sort((a, b) => a.start - b.start)
      .flatMap((span) => [span, ...below(span.id)]);
  return below(null);
}
