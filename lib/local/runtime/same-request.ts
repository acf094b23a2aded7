import type { RunInput } from "../../runtime/call.ts";

/** Whether two texts of run inputs ask for the same; when an express run was asked for makes none. */
export function sameRequest(one: string, other: string): boolean {
  return one === other || withoutTime(one) === withoutTime(other);
}

function withoutTime(text: string): string {
  const { run, ...rest } = JSON.parse(text) as Partial<RunInput>;
  return JSON.stringify({ ...rest, run: { ...run, startedAt: null } });
}
