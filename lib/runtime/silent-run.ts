/** Whether a run that goes on, by its status, really does. */

/** An event of a history, as an SDK or an engine gives it. */
export interface SilenceEvent {
  readonly type?: string | undefined;
  readonly timestamp?: Date | undefined;
}

/** Four times what a function may take, and far above the pauses between attempts that AWS recommends. */
export const SILENT_AFTER_MS = 60 * 60_000;

/** How many of the newest events it takes to judge a run. */
export const EVENTS_TO_JUDGE = 1000;

/** A task that has failed and is tried again later shows nothing else until then. */
const BEFORE_RETRY = new Set(["TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed"]);

/**
 * True if nothing has happened for an hour, and the end of the history does not say why: no Wait
 * state, no other service than Lambda and no distributed map is under way, and no attempt is due.
 * Approvals wait longer, so whoever asks has looked for open ones. Takes the newest events first.
 */
export function isSilent(newest: readonly SilenceEvent[], now: Date): boolean {
  const last = newest[0];
  if (!last?.timestamp || now.getTime() - last.timestamp.getTime() < SILENT_AFTER_MS) return false;
  if (BEFORE_RETRY.has(last.type ?? "")) return false;
  const ended = { wait: 0, service: 0, map: 0 };
  for (const event of newest) {
    const found = partOf(event);
    if (!found) continue;
    if (!found.begins) ended[found.part] += 1;
    else if (ended[found.part] > 0) ended[found.part] -= 1;
    else return false;
  }
  return true;
}

type Part = "wait" | "service" | "map";

function partOf(
  event: SilenceEvent,
): { readonly part: Part; readonly begins: boolean } | undefined {
  const type = event.type ?? "";
  if (/^WaitState(Entered|Exited)$/.test(type))
    return { part: "wait", begins: /Entered$/.test(type) };
  if (/^MapRun(Started|Succeeded|Failed|Aborted)$/.test(type)) {
    return { part: "map", begins: type === "MapRunStarted" };
  }
  const isTask = /^Task(Scheduled|Succeeded|Failed|TimedOut|StartFailed|SubmitFailed)$/.test(type);
  if (!isTask || resourceTypeOf(event) === "lambda") return undefined;
  return { part: "service", begins: type === "TaskScheduled" };
}

/** Of a task's event: `lambda`, `states`, `sqs`, … */
function resourceTypeOf(event: SilenceEvent): string | undefined {
  for (const [name, details] of Object.entries(event) as [string, unknown][]) {
    const isDetails = /^task.*EventDetails$/.test(name) && typeof details === "object" && details;
    if (isDetails && "resourceType" in isDetails) return String(isDetails.resourceType);
  }
  return undefined;
}
