import { z } from "zod";
import type { RunRecord, RunStatus } from "../../runtime/control.ts";
import type { Output } from "../output.ts";

const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] as const;

/** `--status`, in any case, with `-` or `_`. */
export const StatusOption = z
  .string()
  .transform((text) => text.toUpperCase().replaceAll("-", "_"))
  .pipe(z.enum(STATUSES, { error: `expected one of ${STATUSES.map(lower).join(", ")}` }));

/** The status in lower case; `waiting` for a run that nothing but a person moves. */
export function statusText(run: Pick<RunRecord, "status">, waits: boolean): string {
  return waits && run.status === "RUNNING" ? "waiting" : lower(run.status);
}

export function paintStatus(text: string, color: Output["color"]): string {
  switch (text.trim()) {
    case "succeeded":
      return color.green(text);
    case "failed":
    case "timed out":
    case "aborted":
      return color.red(text);
    case "waiting":
      return color.yellow(text);
    default:
      return text;
  }
}

function lower(status: RunStatus): string {
  return status.toLowerCase().replace("_", " ");
}
