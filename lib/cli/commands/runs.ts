import { z } from "zod";
import type { RunRecord } from "../../runtime/control.ts";
import type { RunUsage } from "../../runtime/trace/run-usage.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { count, WorkflowName } from "../input/option-shapes.ts";
import { runRecordDocument } from "../runs/documents.ts";
import { readControl } from "../runs/open-control.ts";
import { paintStatus, StatusOption, statusText } from "../runs/run-status.ts";
import { costText } from "../runs/usage-text.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { formatInstant, formatMilliseconds } from "../text/time-text.ts";

export const runs = defineCommand({
  name: "runs",
  aws: true,
  summary: "List runs, newest first",
  options: [
    { flags: "--workflow <name>", description: "only runs of this workflow" },
    {
      flags: "--status <status>",
      description: "only running, succeeded, failed, timed-out or aborted ones",
    },
    { flags: "--limit <n>", description: "how many at most (default: 20)" },
  ],
  examples: [
    { command: "espalier runs", says: "the last 20" },
    {
      command: "espalier runs --workflow license-review --status failed",
      says: "what went wrong lately",
    },
  ],
  shape: {
    args: z.tuple([]),
    options: z.object({
      workflow: WorkflowName.optional(),
      status: StatusOption.optional(),
      limit: count(1, 1000).default(20),
    }),
  },
  async perform(invocation, _args, { workflow, status, limit }) {
    const filter = { limit, ...(workflow && { workflow }), ...(status && { status }) };
    return readControl(
      invocation,
      async (control) => {
        const open = await control.approvals({ status: "open" });
        return report(
          invocation,
          await control.runs(filter),
          new Set(open.map(({ run }) => run.id)),
        );
      },
      () => report(invocation, [], new Set()),
    );
  },
});

function report(
  { out }: Invocation,
  found: readonly RunRecord[],
  waiting: ReadonlySet<string>,
): Outcome {
  if (found.length === 0) {
    out.line("No such run. Start one: espalier run WORKFLOW");
  } else {
    out.lines(tableOf(found, waiting, out));
  }
  return { exitCode: 0, document: { runs: found.map(runRecordDocument) } };
}

function tableOf(
  found: readonly RunRecord[],
  waiting: ReadonlySet<string>,
  out: { readonly width: number; readonly color: Parameters<typeof paintStatus>[1] },
): string[] {
  const costly = found.some(({ usage }) => usage && usage.calls > 0);
  return renderTable(
    [
      { title: "RUN", shrink: true },
      { title: "STATUS", paint: (cell) => paintStatus(cell, out.color) },
      { title: "STARTED" },
      { title: "TOOK", align: "right" },
      ...(costly ? [{ title: "MODELS", align: "right" as const }] : []),
    ],
    found.map((run) => [
      // Unless it was named, a run is named after its workflow.
      safeText(run.id.startsWith(run.workflow) ? run.id : `${run.id} (${run.workflow})`),
      statusText(run, waiting.has(run.id)),
      formatInstant(run.startedAt).slice(0, 16),
      run.endedAt === null
        ? ""
        : formatMilliseconds(Date.parse(run.endedAt) - Date.parse(run.startedAt)),
      ...(costly ? [run.usage ? answeredCost(run.usage) : ""] : []),
    ]),
    out.width,
  );
}

/** What a stand-in costs is what the model in whose place it answers would have. */
function answeredCost(usage: RunUsage): string {
  const cost = costText(usage) || "not priced";
  return usage.answeredBy.some(({ adapter }) => adapter === "stand-in")
    ? `${cost} (stand-in)`
    : cost;
}
