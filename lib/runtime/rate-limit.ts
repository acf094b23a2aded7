/**
 * How often a tool may be called, over all runs of its workflow: a sliding window, in one item.
 *
 * | question                     | where                 |
 * | ---------------------------- | --------------------- |
 * | the last calls of one tool   | key `rate#KEY` / `rate` |
 *
 * Up to 1000 calls in the window, each is kept with its time, and the limit is exact: in no window of
 * that length are there more. Above, calls are counted in hundredths of the window, and a hundredth
 * counts until its last moment is out of it: a little too strict, never too lax.
 */
import { createHash } from "node:crypto";
import type { ToolDocument } from "./agent/agent-document.ts";
import type { RunIdentity } from "./call.ts";
import { StepError } from "./errors.ts";
import type { Ports } from "./ports.ts";
import { type Change, updateRecord } from "./update-record.ts";

/** Calls that are kept one by one: 30 KB. */
const MAX_EXACT = 1000;
const SLOTS = 100;

export interface RatedCall {
  readonly run: Pick<RunIdentity, "environment" | "workflow">;
  readonly tool: Pick<ToolDocument, "function" | "name" | "rate">;
  /** The same when the same call is asked for again after a crash: it counts once (of up to 1000). */
  readonly id: string;
}

/** Calls in the window: when they leave it (Unix milliseconds), how many, and which one if it is one. */
type Counted = [leavesAt: number, calls: number, id: string | null];

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
      const counted = ((standing?.data.calls ?? []) as Counted[]).filter(([at]) => at > now);
      if (counted.some(([, , id]) => id === own)) return { keep: undefined };
      const freeAt = roomAt(counted, rate.calls);
      if (freeAt !== undefined) return { keep: freeAt };
      const calls = withCall(counted, own, now, rate);
      const expiresAt = Math.ceil((calls.at(-1)?.[0] ?? now) / 1000);
      return { write: { data: { calls }, expiresAt }, result: undefined };
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

/** When there is room for one more call; undefined: now. */
function roomAt(counted: readonly Counted[], limit: number): number | undefined {
  let inside = counted.reduce((sum, [, calls]) => sum + calls, 0);
  let freeAt: number | undefined;
  for (const [leavesAt, calls] of counted) {
    if (inside < limit) break;
    inside -= calls;
    freeAt = leavesAt;
  }
  return freeAt;
}

/** Sorted, because clocks of functions differ. */
function withCall(
  counted: readonly Counted[],
  id: string,
  now: number,
  { calls: limit, seconds }: NonNullable<ToolDocument["rate"]>,
): Counted[] {
  const window = seconds * 1000;
  const bySlot = limit > MAX_EXACT;
  const slot = Math.ceil(window / SLOTS);
  const leavesAt = bySlot ? (Math.floor(now / slot) + 1) * slot + window : now + window;
  const own = counted.find(([at]) => bySlot && at === leavesAt);
  const others = counted.filter((each) => each !== own);
  const added: Counted = [leavesAt, (own?.[1] ?? 0) + 1, bySlot ? null : id];
  return [...others, added].sort(([a], [b]) => a - b);
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
