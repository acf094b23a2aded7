/**
 * How often a tool may be called, over all runs of its workflow: a sliding window, in one item.
 *
 * | question                     | where                 |
 * | ---------------------------- | --------------------- |
 * | the last calls of one tool   | key `rate#KEY` / `rate` |
 *
 * The item holds the times of the calls in the window, so the limit is exact: in no window of that
 * length are there more calls. A limit of a thousand makes an item of 14 KB, which is the largest
 * that makes sense here; a tool that may be called more often needs no limit of this kind.
 */
import { createHash } from "node:crypto";
import type { ToolDocument } from "./agent/agent-document.ts";
import type { RunIdentity } from "./call.ts";
import { StepError } from "./errors.ts";
import type { Ports } from "./ports.ts";
import { type Change, updateRecord } from "./update-record.ts";

/** The largest number of calls in a window. */
export const MAX_RATE_CALLS = 1000;

export interface RatedCall {
  readonly run: Pick<RunIdentity, "environment" | "workflow">;
  readonly tool: Pick<ToolDocument, "function" | "name" | "rate">;
  /** The same when the same call is asked for again after a crash: it counts once. */
  readonly id: string;
}

/** A call in the window: when, in Unix milliseconds, and which. */
type Counted = [at: number, id: string];

/**
 * Counts one call of a tool, or refuses it with `Tool.RateLimited`, whose `details.retryAfter` are the
 * seconds until there is room. A tool without a rate costs no call to the table.
 */
export async function countToolCall(
  { run, tool, id }: RatedCall,
  { records, clock }: Pick<Ports, "records" | "clock">,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { rate } = tool;
  if (rate === null) return;
  const own = digestOf([id]).slice(0, 16);
  const partition = `rate#${digestOf([run.environment, run.workflow, tool.function, tool.name])}`;
  const { result: freeAt } = await updateRecord(
    { partition, sort: "rate" },
    (standing): Change<number | undefined> => {
      const now = clock.now().getTime();
      const since = now - rate.seconds * 1000;
      const calls = ((standing?.data.calls ?? []) as Counted[]).filter(([at]) => at > since);
      if (calls.some(([, counted]) => counted === own)) return { keep: undefined };
      if (calls.length >= Math.min(rate.calls, MAX_RATE_CALLS)) {
        const oldest = calls[calls.length - Math.min(rate.calls, MAX_RATE_CALLS)];
        return { keep: (oldest?.[0] ?? now) + rate.seconds * 1000 };
      }
      const expiresAt = Math.ceil(now / 1000) + rate.seconds;
      // Sorted: clocks of functions differ, and the oldest says when there is room again.
      const counted = [...calls, [now, own] satisfies Counted].sort(([a], [b]) => a - b);
      return { write: { data: { calls: counted }, expiresAt }, result: undefined };
    },
    { records, ...options },
  );
  if (freeAt !== undefined) {
    throw rateLimited(
      tool.name,
      rate,
      Math.max(1, Math.ceil((freeAt - clock.now().getTime()) / 1000)),
    );
  }
}

function rateLimited(
  tool: string,
  { calls, seconds }: NonNullable<ToolDocument["rate"]>,
  retryAfter: number,
): StepError {
  return new StepError(
    "Tool.RateLimited",
    `The tool "${tool}" may be called ${calls} times in ${seconds} s, over all runs of the workflow, ` +
      `and was. Try again in ${retryAfter} s, or go on without it.`,
    { tool, calls, seconds, retryAfter },
  );
}

function digestOf(identity: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex");
}
