/**
 * The index of runs. Derived from what the executions themselves say, so it can always be made again;
 * a report may come twice, late, or out of order.
 *
 * | question (newest first)         | where                                       |
 * | ------------------------------- | ------------------------------------------- |
 * | one run                         | key `run#ID` / `run`                        |
 * | all                             | index `all`: `runs`, by start               |
 * | of a workflow                   | index `workflow`: `runs#WORKFLOW`, by start |
 * | in a status                     | index `status`: `runs#STATUS`, by start     |
 * | for a customer                  | index `customer`: `runs#CUSTOMER`, by start |
 * | what runs have used             | the same indexes: each record has `usage`   |
 */
import * as z from "zod";
import type { RunRecord, RunStatus } from "./control.ts";
import { ConditionFailed, RequestError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Ports, RecordItem, RecordQuery } from "./ports.ts";
import { RunUsage } from "./trace/run-usage.ts";

/** What an execution reports: the run as it is now, and how often it has been redriven. */
export interface RunReport {
  readonly run: RunRecord;
  readonly redrives: number;
  /** Digest of the plan that it runs, where that is known and more than one may be kept. */
  readonly plan?: string;
}

export const RUN_STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] as const;

/** The schema of `RunRecord`, for whoever reads one from outside. */
export const RunShape = z.object({
  id: z.string(),
  workflow: z.string(),
  version: z.string(),
  digest: z.string(),
  environment: z.string(),
  customer: z.string().nullable(),
  principal: z.string(),
  status: z.enum(RUN_STATUSES),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  error: z.object({ name: z.string(), cause: z.string() }).nullable(),
  usage: RunUsage.exactOptional(),
}) satisfies z.ZodType<RunRecord>;

const Stored = z.object({ run: RunShape, redrives: z.number() });

export interface RunFilter {
  readonly workflow?: string;
  readonly status?: RunStatus;
  readonly customer?: string;
  /** Default 50, at most 1000. */
  readonly limit?: number;
}

type Stores = Pick<Ports, "records">;

/**
 * Records a report unless a later one is known: a run that has ended runs again only by a redrive,
 * and a report of an earlier redrive changes nothing. What a run has used may follow its end. Returns
 * whether anything was written.
 */
export async function recordStatus(report: RunReport, { records }: Stores): Promise<boolean> {
  for (;;) {
    const item = await records.get(keyOf(report.run.id));
    const known = item && Stored.parse(item.data);
    if (known && !isLater(stateOf(report), stateOf(known))) return false;
    try {
      await records.put(itemOf(report), item ? { version: item.version } : { absent: true });
      return true;
    } catch (error) {
      // Another report was recorded in between: look again whether this one is still news.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

/** Whether a report of this run in this state would change nothing. */
export async function isRecorded(
  {
    id,
    status,
    redrives,
  }: { readonly id: string; readonly status: RunStatus; readonly redrives: number },
  { records }: Stores,
): Promise<boolean> {
  const item = await records.get(keyOf(id));
  if (!item) return false;
  const known = Stored.parse(item.data);
  return !isLater({ status, redrives }, stateOf(known));
}

/** Throws `RequestError` `RunNotFound`. */
export async function getRun(id: string, { records }: Stores): Promise<RunRecord> {
  const item = /^.{1,80}$/.test(id) ? await records.get(keyOf(id)) : undefined;
  if (item) return Stored.parse(item.data).run;
  throw new RequestError(
    "RunNotFound",
    `There is no run ${JSON.stringify(id.slice(0, 100))}.`,
    "`espalier runs` lists them.",
  );
}

/** Newest first. */
export async function listRuns(
  filter: RunFilter,
  { records }: Stores,
): Promise<readonly RunRecord[]> {
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 1000);
  const found: RunRecord[] = [];
  let after: string | undefined;
  do {
    const query: RecordQuery = { ...indexFor(filter), order: "descending", limit };
    const page = await records.query(after === undefined ? query : { ...query, after });
    for (const item of page.items) {
      const { run } = Stored.parse(item.data);
      if (fits(run, filter)) found.push(run);
      if (found.length === limit) return found;
    }
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** All of them, page by page, the one that has begun first first. */
export async function* runsInStatus(
  status: RunStatus,
  { records }: Stores,
): AsyncGenerator<RunRecord> {
  const query: RecordQuery = { ...indexFor({ status }), limit: 1000 };
  let after: string | undefined;
  do {
    const page = await records.query(after === undefined ? query : { ...query, after });
    for (const item of page.items) yield Stored.parse(item.data).run;
    after = page.next;
  } while (after !== undefined);
}

interface RunState {
  readonly status: RunStatus;
  readonly redrives: number;
  /** Whether it says what models were used. */
  readonly hasUsage?: boolean;
}

function stateOf({ run, redrives }: RunReport): RunState {
  return { status: run.status, redrives, hasUsage: run.usage !== undefined };
}

function isLater(report: RunState, known: RunState): boolean {
  if (report.redrives !== known.redrives) return report.redrives > known.redrives;
  if (known.status === "RUNNING") return report.status !== "RUNNING";
  return report.status === known.status && report.hasUsage === true && known.hasUsage === false;
}

function fits(run: RunRecord, filter: RunFilter): boolean {
  return (
    (filter.workflow === undefined || run.workflow === filter.workflow) &&
    (filter.status === undefined || run.status === filter.status) &&
    (filter.customer === undefined || run.customer === filter.customer)
  );
}

/** The index with the narrowest partition; what it does not tell apart is filtered afterwards. */
function indexFor({ workflow, status, customer }: RunFilter): RecordQuery {
  if (customer !== undefined) return { index: "customer", partition: `runs#${customer}` };
  if (workflow !== undefined) return { index: "workflow", partition: `runs#${workflow}` };
  if (status !== undefined) return { index: "status", partition: `runs#${status}` };
  return { index: "all", partition: "runs" };
}

function keyOf(id: string): RecordItem["key"] {
  return { partition: `run#${id}`, sort: "run" };
}

function itemOf({ run, redrives }: RunReport): Omit<RecordItem, "version"> {
  const sort = `${run.startedAt}#${run.id}`;
  return {
    key: keyOf(run.id),
    data: { run: { ...run }, redrives } as unknown as JsonObject,
    indexes: {
      all: { partition: "runs", sort },
      workflow: { partition: `runs#${run.workflow}`, sort },
      status: { partition: `runs#${run.status}`, sort },
      ...(run.customer !== null && { customer: { partition: `runs#${run.customer}`, sort } }),
    },
  };
}
