import { z } from "zod";
import type { Control, RunDetail, RunEvent } from "../../runtime/control.ts";
import type { Json } from "../../runtime/json.ts";
import { type TimelineRow, timeline } from "../../runtime/timeline.ts";
import { otlpTrace } from "../../runtime/trace/otlp.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import { traceOf } from "../../runtime/trace/trace.ts";
import { usageOfRun } from "../../runtime/trace/usage.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { Failure } from "../failure.ts";
import { runDocument, stepDocument } from "../runs/documents.ts";
import { findRun } from "../runs/find-run.ts";
import { modelJournals } from "../runs/model-summary.ts";
import { nothingRan, readControl } from "../runs/open-control.ts";
import { repairLines } from "../runs/repair-lines.ts";
import { printEnding } from "../runs/run-ending.ts";
import { paintStatus, statusText } from "../runs/run-status.ts";
import { oneLine } from "../runs/step-text.ts";
import { timelineTable } from "../runs/timeline-table.ts";
import { traceTable } from "../runs/trace-text.ts";
import { turnsText } from "../runs/turns-text.ts";
import { answeredText, usageText } from "../runs/usage-text.ts";
import { jsonText, parseOrText } from "../text/json-text.ts";
import { safeText } from "../text/safe-text.ts";
import { formatInstant } from "../text/time-text.ts";

/** `--input` alone asks for the run's own; commander then says `true`. */
const StepChoice = z.union([z.literal(true), z.string().min(1)]);

export const show = defineCommand({
  name: "show",
  aws: true,
  summary: "Show what a run did, step by step",
  details: "The id may be shortened, from either end, as long as it fits one run only.",
  arguments: [["<run>", "id of the run"]],
  options: [
    {
      flags: "--input [step]",
      description: "print the input of a step as JSON; without a step: of the run",
    },
    {
      flags: "--output [step]",
      description: "print the output of a step as JSON; without a step: of the run",
    },
    { flags: "--events", description: "print the execution history" },
    { flags: "--turns <step>", description: "print what an agent did, turn by turn" },
    {
      flags: "--trace",
      description: "print the tree of spans; with --json as OTLP, without any content",
    },
    { flags: "--all", description: "list every iteration of a map" },
  ],
  examples: [
    { command: "espalier show 01K3Z", says: "the timeline of a run" },
    { command: "espalier show 01K3Z --output inventory", says: "what a step returned" },
    { command: "espalier show 01K3Z --input 'inspect[3]'", says: "what one iteration was given" },
    { command: "espalier show 01K3Z --trace", says: "time, tokens and cost, span by span" },
  ],
  shape: {
    args: z.tuple([z.string()]),
    options: z.object({
      input: StepChoice.optional(),
      output: StepChoice.optional(),
      events: z.boolean().default(false),
      turns: z.string().min(1).optional(),
      trace: z.boolean().default(false),
      all: z.boolean().default(false),
    }),
  },
  async perform(invocation, [id], options) {
    return readControl(
      invocation,
      async (control) => {
        const run = await findRun(control, id);
        const events = await eventsOf(control, run.id);
        const rows = timeline(events, run.steps);
        if (options.input !== undefined || options.output !== undefined) {
          const values = {
            ...(options.input && { input: chosenValue("input", options.input, run, rows) }),
            ...(options.output && { output: chosenValue("output", options.output, run, rows) }),
          };
          for (const value of Object.values(values)) {
            invocation.out.line(jsonText(value));
          }
          return { exitCode: 0, document: { run: run.id, ...values } };
        }
        if (options.events) {
          invocation.out.lines(events.map((event) => eventLine(event, invocation.out.width)));
          return { exitCode: 0, document: { run: run.id, events: events as unknown as Json } };
        }
        const journals = await modelJournals(control, run);
        if (options.turns !== undefined) {
          return showTurns(invocation, run, journals, options.turns);
        }
        if (options.trace) {
          const approvals = await control.approvals({ run: run.id });
          const { steps } = run;
          const trace = traceOf({ run, events, steps, journals, approvals, now: new Date() });
          invocation.out.lines(traceTable(trace, invocation.out));
          return { exitCode: 0, document: { run: run.id, trace: otlpTrace(trace) } };
        }
        await printRun(invocation, control, { run, rows, journals }, options.all);
        const usage = journals.steps.length === 0 ? null : usageOfRun(journals);
        return {
          exitCode: 0,
          document: {
            run: runDocument(run),
            steps: rows.map((row) => stepDocument(row, journals)),
            usage: usage as unknown as Json,
          },
        };
      },
      () => nothingRan(invocation),
    );
  },
});

async function eventsOf(control: Control, id: string): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of control.history(id)) {
    events.push(event);
  }
  return events;
}

async function printRun(
  invocation: Invocation,
  control: Control,
  shown: {
    readonly run: RunDetail;
    readonly rows: readonly TimelineRow[];
    readonly journals: RunJournals;
  },
  all: boolean,
): Promise<void> {
  const { run, rows, journals } = shown;
  const { out } = invocation;
  const status = paintStatus(statusText(run, run.waitingFor.length > 0), out.color);
  out.line(`${out.color.bold(safeText(run.workflow))} ${safeText(run.version)}  ${status}`);
  out.line(`  run      ${safeText(run.id)}`);
  out.line(`  asked by ${safeText(run.principal)}, ${formatInstant(run.startedAt)}`);
  out.line(`  bundle   ${safeText(run.digest)}`);
  out.line(`  stored   ${safeText(run.location)}`);
  for (const line of repairLines(await control.audit(run.id))) out.line(`  repair   ${line}`);
  out.line();
  out.lines(timelineTable(rows, out, all, journals.steps));
  const usage = usageOfRun(journals);
  if (usage.calls > 0) {
    out.line();
    out.line(`Models: answered by ${answeredText(usage)}`);
    out.line(`  ${usageText(usage)}`);
  }
  await printEnding(invocation, control, run, rows);
}

/** What an agent did; of one in a map, of the iteration that is named, or of all. */
function showTurns(
  { out }: Invocation,
  run: RunDetail,
  { steps }: RunJournals,
  choice: string,
): Outcome {
  const { step, iteration } = parseChoice(choice);
  const agents = steps.filter((journal) => journal.kind === "agent");
  const found = agents.filter(
    (each) => each.step === step && (iteration === undefined || each.iteration === iteration),
  );
  if (found.length === 0) {
    const known = [...new Set(agents.map((each) => each.step))];
    throw new Failure("StepNotFound", `No agent has begun at "${choice}"`, {
      hint: `Agents that have begun: ${known.map(safeText).join(", ") || "none"}.`,
    });
  }
  for (const journal of found) {
    if (found.length > 1) {
      out.line(out.color.bold(safeText(`${journal.step}[${journal.iteration}]`)));
    }
    out.lines(turnsText(journal, out));
  }
  return { exitCode: 0, document: { run: run.id, agents: found as unknown as Json } };
}

/** The value of the run, of the only row of a step, or the list of all its iterations' values. */
function chosenValue(
  what: "input" | "output",
  choice: true | string,
  run: RunDetail,
  rows: readonly TimelineRow[],
): Json {
  if (choice === true) {
    return run[what];
  }
  const { step, iteration } = parseChoice(choice);
  const found = rows.filter(
    (row) => row.step === step && (iteration === undefined || row.iteration === iteration),
  );
  const [only, second] = found;
  if (only === undefined) {
    const known = [...new Set(rows.map((row) => row.step))];
    throw new Failure("StepNotFound", `The run has not entered a step "${choice}"`, {
      hint: `It has entered: ${known.map(safeText).join(", ") || "none"}.`,
    });
  }
  return second === undefined
    ? parseOrText(only[what])
    : found.map((row) => ({ iteration: row.iteration, [what]: parseOrText(row[what]) }));
}

/** `inspect[3.0]`: the step, and its position in the maps around it. */
function parseChoice(choice: string): { step: string; iteration: string | undefined } {
  const match = /^([^[\]]+)(?:\[([\d.]+)\])?$/.exec(choice);
  return { step: match?.[1] ?? choice, iteration: match?.[2] };
}

function eventLine(event: RunEvent, width: number): string {
  const details = Object.entries(event).find(([key]) => key.endsWith("EventDetails"))?.[1];
  const time = new Date(event.timestamp).toISOString().slice(11, 23);
  const head = `${String(event.id).padStart(5)}  ${time}  ${event.type}`;
  const text = details === undefined ? "" : JSON.stringify(details);
  return text === "" ? head : `${head}  ${oneLine(text, Math.max(40, width - head.length - 2))}`;
}
