import type { RunEvent } from "../runtime/control.ts";

/** Characters of a text in an event; no name or time is longer. */
const LONGEST = 1024;

/**
 * An event without what may be large in it (inputs, outputs, causes), of which a history may have
 * gigabytes. What timelines and the keys of journals are made of stays: names, times, and in the
 * parameters of a call its run and its step.
 */
export function slimEvent(event: RunEvent): RunEvent {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, slimDetails(value)]),
  ) as unknown as RunEvent;
}

function slimDetails(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, slimText(name, member)]),
  );
}

function slimText(name: string, member: unknown): unknown {
  if (typeof member !== "string" || member.length <= LONGEST) return member;
  return name === "parameters" ? identityOf(member) : member.slice(0, LONGEST);
}

/** The call without what it carries; a text that was cut off says nothing any more. */
function identityOf(parameters: string): string {
  try {
    const { FunctionName, Payload } = JSON.parse(parameters) as {
      readonly FunctionName?: unknown;
      readonly Payload?: { readonly run?: unknown; readonly step?: unknown; token?: unknown };
    };
    const { run, step, token } = Payload ?? {};
    return JSON.stringify({ FunctionName, Payload: { run, step, token } });
  } catch {
    return parameters.slice(0, LONGEST);
  }
}
